#include "tests/sim/fiber.h"

#include <cstdint>
#include <utility>

#include "dedupe/types/check.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace oncegate::sim {
namespace {

constexpr std::size_t kStackBytes = 256 * 1024;

}  // namespace

// The address sanitizer takes a stack that it was not told of for damage.
void Fiber::Switch(ucontext_t* from, ucontext_t* to, StackNote* own,
                   [[maybe_unused]] const StackNote& other) {
#ifdef __SANITIZE_ADDRESS__
  void** const save = finished_ && from == &inside_ ? nullptr : &own->shadow;
  __sanitizer_start_switch_fiber(save, other.bottom, other.bytes);
#endif
  CHECK(swapcontext(from, to) == 0);
  Arrive(own, from == &inside_ ? &outside_stack_ : &inside_stack_);
}

void Fiber::Arrive([[maybe_unused]] StackNote* own, [[maybe_unused]] StackNote* other) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(own->shadow, &other->bottom, &other->bytes);
#endif
}

Fiber::Fiber(std::string name, std::function<void()> body)
    : name_(std::move(name)), body_(std::move(body)), stack_(new char[kStackBytes]) {
  CHECK(getcontext(&inside_) == 0);
  inside_.uc_stack.ss_sp = stack_.get();
  inside_.uc_stack.ss_size = kStackBytes;
  inside_.uc_link = nullptr;
  inside_stack_ = {nullptr, stack_.get(), kStackBytes};
  const auto address = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&inside_, reinterpret_cast<void (*)()>(&Fiber::Enter), 2,
              static_cast<unsigned>(address >> 32), static_cast<unsigned>(address));
}

Fiber::~Fiber() { CHECK(finished_); }

void Fiber::Enter(unsigned high, unsigned low) {
  reinterpret_cast<Fiber*>((static_cast<std::uintptr_t>(high) << 32) | low)->Run();
}

void Fiber::Run() {
  Arrive(&inside_stack_, &outside_stack_);
  try {
    if (!dying_) body_();
  } catch (const Killed&) {
    // What was on the stack is gone; nothing to do.
  }
  finished_ = true;
  SwitchOut();
}

void Fiber::Resume() {
  CHECK(!finished_);
  Switch(&outside_, &inside_, &outside_stack_, inside_stack_);
}

void Fiber::Suspend() {
  // Destructors that run while the fiber unwinds must not stop again.
  if (dying_) return;
  SwitchOut();
  if (dying_) throw Killed{};
}

void Fiber::SwitchOut() { Switch(&inside_, &outside_, &inside_stack_, outside_stack_); }

void Fiber::Kill() {
  dying_ = true;
  if (!finished_) Resume();
  CHECK(finished_);
}

}  // namespace oncegate::sim
