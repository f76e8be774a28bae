// What lies where in the folder of a files sink. Pure.
//
//   _oncegate/lock              held by the one process that writes here
//   _oncegate/manifest.sqlite   the ledger, the catalogue of streams, and the list of parts
//   _oncegate/open/NAME         parts that still grow, or are about to be published
//   TABLE/dt=YYYY-MM-DD/NAME    published parts; they never change again
//
// Readers of data lakes leave out what begins with an underscore.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace oncegate::files {

class Layout {
 public:
  explicit Layout(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& Root() const { return root_; }
  std::filesystem::path Hidden() const { return root_ / "_oncegate"; }
  std::filesystem::path Lock() const { return Hidden() / "lock"; }
  std::filesystem::path Manifest() const { return Hidden() / "manifest.sqlite"; }
  std::filesystem::path OpenFolder() const { return Hidden() / "open"; }
  std::filesystem::path OpenPart(std::string_view name) const { return OpenFolder() / name; }
  std::filesystem::path TableFolder(std::string_view table) const { return root_ / table; }
  std::filesystem::path DayFolder(std::string_view table, std::string_view day) const {
    return TableFolder(table) / ("dt=" + std::string(day));
  }

 private:
  std::filesystem::path root_;
};

}  // namespace oncegate::files
