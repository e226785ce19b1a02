#!/bin/sh
# One trace hash per scenario, whatever stands around the run: another build, a second time, FMA and AVX2 masked in libm's and libc's
# dispatch, freed memory filled with 0xa5, no address randomization. usage (in the source tree): determinism.sh BINARY...
set -eu

if [ "${1:-}" = --one ]; then
  scenario=$2
  shift 2
  name=$(basename "$scenario" .json)
  table=$(mktemp)
  trap 'rm -f "$table"' EXIT

  # run LABEL COMMAND...: one line "HASH exit=CODE LABEL".
  run() {
    label=$1
    shift
    code=0
    out=$("$@" run "$scenario" --json 2>&1) || code=$?
    hash=$(printf '%s' "$out" | sed -n 's/.*"trace_hash": *"\{0,1\}\([0-9a-fA-Fx]*\).*/\1/p' | head -n 1)
    [ -n "$hash" ] || { printf '%s: %s gave no trace_hash (exit %s):\n%s\n' "$name" "$label" "$code" "$out" | head -n 20; }
    printf '%s exit=%s %s\n' "${hash:-none}" "$code" "$label" >>"$table"
  }

  first=$1
  run "$first" "$first"
  run "$first, again" "$first"
  for binary; do
    [ "$binary" = "$first" ] || run "$binary" "$binary"
    # Both spellings: glibc dropped the suffix in 2.33.
    run "$binary, FMA and AVX2 masked" env GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA_Usable,-AVX2_Usable,-FMA,-AVX2 "$binary"
    run "$binary, MALLOC_PERTURB_" env MALLOC_PERTURB_=165 "$binary"
    [ -z "$NO_RANDOMIZATION" ] || run "$binary, addresses not randomized" setarch "$(uname -m)" -R "$binary"
  done

  if [ "$(sed 's/^\([^ ]* [^ ]*\) .*/\1/' "$table" | sort -u | wc -l)" = 1 ] && ! grep -q '^none' "$table"; then
    printf '%-36s %s (%s runs)\n' "$name" "$(sed -n '1s/ .*//p' "$table")" "$(wc -l <"$table" | tr -d ' ')"
  else
    printf '%s: NOT ONE trace hash:\n' "$name"
    sed 's/^/    /' "$table"
    exit 1
  fi
  exit 0
fi

list() { find scenarios -maxdepth 1 -name '*.json' ! -name '*schema.json' | sort; }
count=$(list | wc -l | tr -d ' ')
[ "$count" != 0 ] || { echo "determinism: skipped, because there is no scenarios/*.json yet"; exit 0; }
for binary; do
  [ -x "$binary" ] || { echo "determinism: $binary is not there" >&2; exit 70; }
done

NO_RANDOMIZATION=yes
if ! setarch "$(uname -m)" -R true 2>/dev/null; then
  NO_RANDOMIZATION=
  echo "determinism: the runs without address randomization are skipped, because this machine refuses 'setarch -R' (a container's rule)"
fi
export NO_RANDOMIZATION

list | xargs -P "$(nproc)" -I {} "$0" --one {} "$@" || { echo "determinism: FAILED"; exit 1; }
echo "determinism: one trace hash for each of $count scenarios"
