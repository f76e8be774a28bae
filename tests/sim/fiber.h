// Fiber: a function with a stack of its own that can stop in the middle. What would be a thread of
// the service runs as a fiber here, so that a seed decides which of them makes the next step.
//
// Everything runs on one thread. A killed fiber leaves its function by an exception thrown where it
// stopped: the destructors run, nothing else of it does.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace oncegate::sim {

class Fiber {
 public:
  Fiber(std::string name, std::function<void()> body);
  /// Precondition: finished.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// From outside: runs the fiber until it stops or ends.
  void Resume();
  /// From inside: stops until the next Resume.
  void Suspend();
  /// From outside: unwinds the fiber to its end.
  void Kill();

  bool is_finished() const { return finished_; }
  bool is_dying() const { return dying_; }
  const std::string& name() const { return name_; }

 private:
  struct Killed {};
  /// What the address sanitizer has to be told of a stack.
  struct StackNote {
    void* shadow = nullptr;
    const void* bottom = nullptr;
    std::size_t bytes = 0;
  };

  static void Enter(unsigned high, unsigned low);
  void Run();
  void SwitchOut();
  void Switch(ucontext_t* from, ucontext_t* to, StackNote* own, const StackNote& other);
  void Arrive(StackNote* own, StackNote* other);

  const std::string name_;
  const std::function<void()> body_;
  std::unique_ptr<char[]> stack_;
  ucontext_t outside_{};
  ucontext_t inside_{};
  StackNote outside_stack_;
  StackNote inside_stack_;
  bool finished_ = false;
  bool dying_ = false;
};

}  // namespace oncegate::sim
