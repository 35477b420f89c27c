#include "daemon/scanner/publisher.h"

#include <atomic>
#include <latch>

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("a change is published on another thread, without waiting for it") {
  std::latch allowed(1);
  std::latch published(1);
  std::thread::id publisher_thread;
  Publisher publisher([&] {
    allowed.wait();
    publisher_thread = std::this_thread::get_id();
    published.count_down();
  });
  publisher.changed(Change::figures);  // would never return if it waited
  allowed.count_down();
  published.wait();
  publisher.stop();
  CHECK(publisher_thread != std::this_thread::get_id());
}

TEST_CASE("all changes during a publication are in one more report") {
  std::latch begun(1);
  std::latch changed_often(1);
  std::latch published_again(2);
  std::atomic<int> publications = 0;
  Publisher publisher([&] {
    if (++publications == 1) {
      begun.count_down();
      changed_often.wait();
    }
    if (publications <= 2) {
      published_again.count_down();
    }
  });
  publisher.changed(Change::figures);
  begun.wait();
  for (int i = 0; i < 1000; ++i) {
    publisher.changed(i % 2 == 0 ? Change::figures : Change::times);
  }
  changed_often.count_down();
  published_again.wait();
  // Waits until what is under way has ended, and takes whatever else is due along.
  publisher.publishNow();
  CHECK(publications == 3);
}

TEST_CASE("publishNow() publishes the pending changes too") {
  std::atomic<int> publications = 0;
  Publisher publisher([&] { ++publications; });
  publisher.publishNow();
  publisher.changed(Change::figures);  // has to wait for the pause
  publisher.publishNow();
  publisher.stop();
  CHECK(publications == 2);
}

TEST_CASE("stopping waits for the publication under way and publishes nothing more") {
  std::latch begun(1);
  std::atomic<bool> ended = false;
  std::atomic<int> publications = 0;
  Publisher publisher([&] {
    ++publications;
    begun.count_down();
    std::this_thread::yield();
    ended = true;
  });
  publisher.changed(Change::figures);
  begun.wait();
  publisher.stop();
  CHECK(ended);
  publisher.changed(Change::figures);
  publisher.publishNow();
  publisher.stop();
  CHECK(publications == 1);
}

}  // namespace
}  // namespace hardlink
