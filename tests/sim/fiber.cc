#include "tests/sim/fiber.h"

#include <cstdint>
#include <utility>

#include "dedupe/types/check.h"

namespace oncegate::sim {
namespace {

constexpr std::size_t kStackBytes = 256 * 1024;

}  // namespace

Fiber::Fiber(std::string name, std::function<void()> body)
    : name_(std::move(name)), body_(std::move(body)), stack_(new char[kStackBytes]) {
  CHECK(getcontext(&inside_) == 0);
  inside_.uc_stack.ss_sp = stack_.get();
  inside_.uc_stack.ss_size = kStackBytes;
  inside_.uc_link = nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&inside_, reinterpret_cast<void (*)()>(&Fiber::Enter), 2,
              static_cast<unsigned>(address >> 32), static_cast<unsigned>(address));
}

Fiber::~Fiber() { CHECK(finished_); }

void Fiber::Enter(unsigned high, unsigned low) {
  reinterpret_cast<Fiber*>((static_cast<std::uintptr_t>(high) << 32) | low)->Run();
}

void Fiber::Run() {
  try {
    if (!dying_) body_();
  } catch (const Killed&) {
    // What was on the stack is gone; nothing to do.
  }
  finished_ = true;
  CHECK(swapcontext(&inside_, &outside_) == 0);
}

void Fiber::Resume() {
  CHECK(!finished_);
  CHECK(swapcontext(&outside_, &inside_) == 0);
}

void Fiber::Suspend() {
  // Destructors that run while the fiber unwinds must not stop again.
  if (dying_) return;
  CHECK(swapcontext(&inside_, &outside_) == 0);
  if (dying_) throw Killed{};
}

void Fiber::Kill() {
  dying_ = true;
  if (!finished_) Resume();
  CHECK(finished_);
}

}  // namespace oncegate::sim
