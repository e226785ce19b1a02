// bench_load_c_client: the same load through Apache's own C client library, so that code which is not ours says the same.
// One session; the library's two threads are what bounds it, so compare CPU per operation, not throughput.
#include <zookeeper/zookeeper.h>

#include <condition_variable>
#include <mutex>
#include <random>

#include "bench/load_measurement.h"

namespace vivarium::bench {
namespace {

// The znodes are those that bench_load --prepare makes.
class CClientLoad {
 public:
  explicit CClientLoad(const LoadSettings& settings)
      : settings_(settings), measurement_(settings), data_(settings.bytes, 'w') {
    ::zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    handle_ = ::zookeeper_init(settings.servers.front().c_str(), &CClientLoad::on_event, 30'000, nullptr, this, 0);
    if (!handle_) fail("the C client does not start");
  }
  ~CClientLoad() { ::zookeeper_close(handle_); }
  CClientLoad(const CClientLoad&) = delete;
  CClientLoad& operator=(const CClientLoad&) = delete;

  void run() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(10), [this] { return connected_; })) fail("no session");
    for (int i = 0; i < settings_.outstanding; ++i) ask();
    changed_.wait(lock, [this] { return waiting_ == 0; });
    measurement_.print();
  }

 private:
  struct Asked {
    CClientLoad* load;
    bool write;
    int64_t at;
  };

  static void on_event(zhandle_t*, int, int state, const char*, void* context) {
    auto* load = static_cast<CClientLoad*>(context);
    const std::lock_guard lock(load->mutex_);
    load->connected_ = load->connected_ || state == ZOO_CONNECTED_STATE;
    load->changed_.notify_all();
  }
  static void on_data(int error, const char*, int, const Stat*, const void* asked) { answered(error, asked); }
  static void on_stat(int error, const Stat*, const void* asked) { answered(error, asked); }

  static void answered(int error, const void* context) {
    const std::unique_ptr<const Asked> asked(static_cast<const Asked*>(context));
    CClientLoad& load = *asked->load;
    const std::lock_guard lock(load.mutex_);
    --load.waiting_;
    load.measurement_.answered(asked->write, error == ZOK, asked->at, now());
    if (!load.measurement_.ended()) return load.ask();
    if (load.waiting_ == 0) load.changed_.notify_all();
  }

  void ask() {
    const uint32_t dice = random_();
    auto asked = std::make_unique<Asked>(Asked{this, static_cast<int>(dice % 100) < settings_.writes, now()});
    const std::string path = fmt::format("/bench-{}/{:03}", settings_.bytes, dice / 100 % 1000);
    const int error = asked->write ? ::zoo_aset(handle_, path.c_str(), data_.data(), static_cast<int>(data_.size()), -1,
                                                &CClientLoad::on_stat, asked.get())
                                   : ::zoo_aget(handle_, path.c_str(), 0, &CClientLoad::on_data, asked.get());
    if (error != ZOK) fail(fmt::format("the C client refuses a request: {}", ::zerror(error)));
    static_cast<void>(asked.release());  // until it is answered
    ++waiting_;
  }

  const LoadSettings& settings_;
  Measurement measurement_;
  std::string data_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::minstd_rand random_{1};
  bool connected_ = false;
  int waiting_ = 0;
  zhandle_t* handle_ = nullptr;
};

int run(int argc, char** argv) {
  CLI::App app("puts load on a ZooKeeper server through Apache's C client and prints one JSON object");
  LoadSettings settings;
  add_options(app, settings);
  CLI11_PARSE(app, argc, argv);
  CClientLoad(settings).run();
  return 0;
}

}  // namespace
}  // namespace vivarium::bench

int main(int argc, char** argv) { return vivarium::bench::run(argc, argv); }
