# oncegate_library(NAME SOURCES … LINK … [APART …]): one box of the architecture, one static library.
# APART are sources that can not be joined with others, since they use the same local names.
# oncegate_test_library(…): the same for what several test programs share.
# oncegate_test(NAME SOURCES … LINK … [LABELS …] [TIMEOUT seconds]): one test program, one ctest entry.
include(CheckCXXCompilerFlag)

add_library(oncegate_options INTERFACE)
target_include_directories(oncegate_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(oncegate_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror)
# g++ 12 reports dangling pointers and overflows that are not there inside inlined library code.
target_compile_options(oncegate_options INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-dangling-pointer -Wno-stringop-overflow -Wno-maybe-uninitialized
                           -Wno-restrict -Wno-array-bounds -Wno-stringop-overread>)
target_compile_definitions(oncegate_options INTERFACE ONCEGATE_VERSION="${PROJECT_VERSION}")
target_link_libraries(oncegate_options INTERFACE Threads::Threads)
if(ONCEGATE_SANITIZE)
  target_compile_options(oncegate_options INTERFACE
    -fsanitize=${ONCEGATE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g)
  target_link_options(oncegate_options INTERFACE -fsanitize=${ONCEGATE_SANITIZE})
  # Thread sanitizer does not understand Asio's fences.
  target_compile_definitions(oncegate_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
if(ONCEGATE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    message(FATAL_ERROR "ONCEGATE_FUZZ needs clang: cmake --preset fuzz")
  endif()
  # clang 14 can not emit coroutines with -fsanitize=function.
  target_compile_options(oncegate_options INTERFACE
    -fsanitize=fuzzer-no-link -fno-sanitize=function)
endif()

# The standard headers that nearly every file includes, compiled once; that saves a third of the time of
# an average file. Debug builds go without, so that a file that forgets an include is found there.
if(NOT CMAKE_BUILD_TYPE STREQUAL Debug)
  add_library(oncegate_headers OBJECT ${CMAKE_CURRENT_LIST_DIR}/headers.cc)
  target_link_libraries(oncegate_headers PRIVATE oncegate_options)
  target_precompile_headers(oncegate_headers PRIVATE
    <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <deque> <filesystem>
    <functional> <map> <memory> <mutex> <optional> <span> <sstream> <string> <string_view> <thread>
    <utility> <vector> <boost/system/result.hpp>)
endif()

function(oncegate_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE;APART" ${ARGN})
  if(ARG_SOURCES)
    add_library(${NAME} STATIC ${ARG_SOURCES} ${ARG_APART})
    set_source_files_properties(${ARG_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    if(TARGET oncegate_headers)
      target_precompile_headers(${NAME} REUSE_FROM oncegate_headers)
    endif()
    # Not with sanitizers, whose optimised code of so large a file takes minutes and gigabytes.
    if(CMAKE_BUILD_TYPE STREQUAL Release)
      oncegate_join_sources(${NAME} 8)
    endif()
    target_link_libraries(${NAME} PUBLIC oncegate_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE})
  else()
    add_library(${NAME} INTERFACE)
    target_link_libraries(${NAME} INTERFACE oncegate_options ${ARG_LINK})
  endif()
endfunction()

# So many files are compiled as one that headers are read once for all of them. Debug builds compile
# file by file: for who works on one of them, and for clang-tidy.
function(oncegate_join_sources NAME COUNT)
  if(NOT CMAKE_BUILD_TYPE STREQUAL Debug)
    set_target_properties(${NAME} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${COUNT})
    # A source is not the main file then, which this warning takes it for.
    target_compile_options(${NAME} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# Joined, and with the common headers read before.
function(oncegate_compile_as_tests NAME)
  oncegate_join_sources(${NAME} 12)
  target_link_libraries(${NAME} PRIVATE oncegate_test_options)
  target_precompile_headers(${NAME} REUSE_FROM oncegate_test_headers)
endfunction()

function(oncegate_test_library NAME)
  oncegate_library(${NAME} ${ARGN})
  oncegate_compile_as_tests(${NAME})
endfunction()

function(oncegate_test NAME)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK} GTest::gtest_main)
  oncegate_compile_as_tests(${NAME})
  add_test(NAME ${NAME} COMMAND ${NAME})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${NAME} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
