# SPDX-License-Identifier: Apache-2.0
# One target a folder, with PUBLIC and PRIVATE links that say what the folder's headers and its sources include.
# Warnings are errors, and only on our own code: generated sources and system headers are left alone.
set(CAUSEWAY_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Werror)
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND CAUSEWAY_WARNINGS -Wno-subobject-linkage)  # It takes a source that is included for a header.
endif()

# Headers that most sources include, none of them written here, parsed once for all instead of once a source. A source includes
# what it uses all the same.
set(CAUSEWAY_PRECOMPILED
  <algorithm> <array> <cstdint> <functional> <map> <memory> <optional> <set> <string> <utility> <vector>
  <absl/status/statusor.h> <absl/strings/match.h> <absl/strings/str_cat.h> <absl/strings/str_join.h>
  <causeway/v1/block.pb.h> <causeway/v1/genesis.pb.h> <causeway/v1/operation.pb.h> <causeway/v1/receipt.pb.h>
  <causeway/v1/storage.pb.h> <causeway/v1/transaction.pb.h>)

# The targets whose precompiled headers the others use: causeway_precompiled, and causeway_precompiled_tests for unit tests, which
# are not optimized: that takes longer than they run.
function(causeway_precompile)
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/precompiled.cc" CONTENT "// Precompiled headers belong to a source.\n")
  add_library(causeway_precompiled OBJECT "${CMAKE_BINARY_DIR}/precompiled.cc")
  target_precompile_headers(causeway_precompiled PRIVATE ${CAUSEWAY_PRECOMPILED})
  target_link_libraries(causeway_precompiled PRIVATE causeway_proto absl::strings absl::statusor)
  set(made causeway_precompiled)
  if(CAUSEWAY_TESTS)
    add_library(causeway_precompiled_tests OBJECT "${CMAKE_BINARY_DIR}/precompiled.cc")
    target_precompile_headers(causeway_precompiled_tests PRIVATE ${CAUSEWAY_PRECOMPILED} <gmock/gmock.h> <gtest/gtest.h>)
    target_link_libraries(causeway_precompiled_tests PRIVATE causeway_proto absl::strings absl::statusor GTest::gmock GTest::gtest)
    target_compile_options(causeway_precompiled_tests PRIVATE -O0)
    list(APPEND made causeway_precompiled_tests)
  endif()
  foreach(target ${made})
    target_compile_options(${target} PRIVATE ${CAUSEWAY_WARNINGS})
    if(CCACHE_PROGRAM)
      set_target_properties(${target} PROPERTIES CXX_COMPILER_LAUNCHER "${CAUSEWAY_PRECOMPILE}")
    endif()
  endforeach()
endfunction()

# Under the preset mutants: takes copies with switches in place of the sources whose checks are to be turned off.
set(CAUSEWAY_SWITCHES "${CMAKE_SOURCE_DIR}/tests/mutation/switches.py")
if(CAUSEWAY_MUTANTS)
  find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
  execute_process(COMMAND "${Python3_EXECUTABLE}" -B "${CMAKE_SOURCE_DIR}/tests/mutation/hunt.py" --sources
                  OUTPUT_VARIABLE CAUSEWAY_SWITCHED COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/mutation/checks.toml")
endif()
function(causeway_put_switches SOURCES)
  set(sources)
  foreach(source ${${SOURCES}})
    file(RELATIVE_PATH path "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
    if(path IN_LIST CAUSEWAY_SWITCHED)
      set(made "${CMAKE_BINARY_DIR}/switched/${path}")
      add_custom_command(OUTPUT "${made}" COMMAND "${Python3_EXECUTABLE}" -B "${CAUSEWAY_SWITCHES}" "${path}" "${made}"
                         DEPENDS "${source}" "${CAUSEWAY_SWITCHES}" WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}" VERBATIM)
      set(source "${made}")
    endif()
    list(APPEND sources "${source}")
  endforeach()
  set(${SOURCES} ${sources} PARENT_SCOPE)
endfunction()

# causeway_library(NAME SRCS ... [PUBLIC ...] [PRIVATE ...])
function(causeway_library NAME)
  cmake_parse_arguments(ARG "" "" "SRCS;PUBLIC;PRIVATE" ${ARGN})
  if(CAUSEWAY_MUTANTS)
    causeway_put_switches(ARG_SRCS)
  endif()
  add_library(${NAME} STATIC ${ARG_SRCS})
  target_compile_options(${NAME} PRIVATE ${CAUSEWAY_WARNINGS})
  target_include_directories(${NAME} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${NAME} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  target_precompile_headers(${NAME} REUSE_FROM causeway_precompiled)
endfunction()

# causeway_executable(NAME SRCS ... LIBS ... [PRECOMPILED target])
function(causeway_executable NAME)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "SRCS;LIBS" ${ARGN})
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED causeway_precompiled)
  endif()
  add_executable(${NAME} ${ARG_SRCS})
  target_compile_options(${NAME} PRIVATE ${CAUSEWAY_WARNINGS})
  target_include_directories(${NAME} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${NAME} PRIVATE ${ARG_LIBS})
  target_precompile_headers(${NAME} REUSE_FROM ${ARG_PRECOMPILED})
endfunction()

# Lets `ninja tests-LABEL` build what `ctest -L LABEL` runs, and nothing else.
function(causeway_label_target TARGET)
  foreach(label ${ARGN})
    if(NOT TARGET tests-${label})
      add_custom_target(tests-${label})
    endif()
    if(NOT "${TARGET}" STREQUAL "")
      add_dependencies(tests-${label} ${TARGET})
    endif()
  endforeach()
endfunction()

# causeway_test(NAME SRCS ... LIBS ... [LABELS ...] [TIMEOUT SECONDS] [OPTIMIZED]): a GoogleTest binary whose cases ctest lists one by
# one (under a sanitizer the binary as a whole). Tests run in the source directory, so that they can name the files of the tree; LABELS
# are the names of `tests/run NAME`; OPTIMIZED is for unit tests that compute much themselves.
function(causeway_test NAME)
  cmake_parse_arguments(ARG "OPTIMIZED" "TIMEOUT" "SRCS;LIBS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  set(libs ${ARG_LIBS} GTest::gmock GTest::gtest GTest::gtest_main)
  if("unit" IN_LIST ARG_LABELS AND NOT ARG_OPTIMIZED)
    causeway_executable(${NAME} SRCS ${ARG_SRCS} LIBS ${libs} PRECOMPILED causeway_precompiled_tests)
    target_compile_options(${NAME} PRIVATE -O0)
  else()
    causeway_executable(${NAME} SRCS ${ARG_SRCS} LIBS ${libs})
  endif()
  causeway_label_target(${NAME} ${ARG_LABELS})
  # Under a sanitizer a process takes longer to start than most cases to run: one for all.
  if(CAUSEWAY_SANITIZE)
    add_test(NAME ${NAME} COMMAND ${NAME} --gtest_brief=1 WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set_tests_properties(${NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 7200)
  else()
    string(REPLACE ";" "\\;" labels "${ARG_LABELS}")
    gtest_discover_tests(${NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
                         PROPERTIES LABELS "${labels}" TIMEOUT ${ARG_TIMEOUT})
  endif()
endfunction()

# causeway_script_test(NAME LABELS ... COMMAND ... [TIMEOUT SECONDS] [DEPENDS targets]): a test that is a command, run in the
# source directory; it passes when the command ends with 0 and is skipped when it ends with 77.
function(causeway_script_test NAME)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LABELS;COMMAND;DEPENDS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  add_test(NAME ${NAME} COMMAND ${ARG_COMMAND} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77)
  causeway_label_target("" ${ARG_LABELS})
  foreach(target ${ARG_DEPENDS})
    causeway_label_target(${target} ${ARG_LABELS})
  endforeach()
endfunction()

# causeway_benchmark(NAME SRCS ... LIBS ...): a Google Benchmark binary NAME_bench, which `tests/bench` finds by its name.
function(causeway_benchmark NAME)
  cmake_parse_arguments(ARG "" "" "SRCS;LIBS" ${ARGN})
  causeway_executable(${NAME}_bench SRCS ${ARG_SRCS} LIBS ${ARG_LIBS} benchmark::benchmark benchmark::benchmark_main)
  set_target_properties(${NAME}_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests/benchmarks")
  causeway_label_target(${NAME}_bench benchmarks)
endfunction()

include(GoogleTest)
