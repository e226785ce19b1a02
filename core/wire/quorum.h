// The streams between processes: quorum packets, election connections, client frames.
#pragma once

#include "core/wire/election.h"
#include "core/wire/frames.h"
#include "core/wire/packets.h"
