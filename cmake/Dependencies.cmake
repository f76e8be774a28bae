# Every library comes from Debian 12. Those without a CMake config, or whose config asks for more than
# its package pulls in (prometheus-cpp wants curl), are found by pkg-config.
find_package(Threads REQUIRED)
# The exact version is asked for: that FindBoost is older than some Boost is of no interest.
set(Boost_NO_WARN_NEW_VERSIONS 1)
find_package(Boost 1.81 EXACT REQUIRED COMPONENTS json url)
find_package(leveldb REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(simdjson REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)

find_package(PkgConfig REQUIRED)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(MARIADB REQUIRED IMPORTED_TARGET libmariadb)
# Linked by its name: its compile options differ from those of the common headers of tests.
pkg_check_modules(HIREDIS REQUIRED hiredis)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(TOMLPLUSPLUS REQUIRED IMPORTED_TARGET tomlplusplus)
if(ONCEGATE_TESTS)
  find_package(GTest REQUIRED)
endif()
