# SPDX-License-Identifier: Apache-2.0
# One target a folder, with PUBLIC and PRIVATE links that say what the folder's headers and its sources include.
# Warnings are errors, and only on our own code: generated sources and system headers are left alone.
set(CAUSEWAY_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Werror)

# causeway_library(NAME SRCS ... [PUBLIC ...] [PRIVATE ...])
function(causeway_library NAME)
  cmake_parse_arguments(ARG "" "" "SRCS;PUBLIC;PRIVATE" ${ARGN})
  add_library(${NAME} STATIC ${ARG_SRCS})
  target_compile_options(${NAME} PRIVATE ${CAUSEWAY_WARNINGS})
  target_include_directories(${NAME} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${NAME} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# causeway_executable(NAME SRCS ... LIBS ...)
function(causeway_executable NAME)
  cmake_parse_arguments(ARG "" "" "SRCS;LIBS" ${ARGN})
  add_executable(${NAME} ${ARG_SRCS})
  target_compile_options(${NAME} PRIVATE ${CAUSEWAY_WARNINGS})
  target_include_directories(${NAME} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${NAME} PRIVATE ${ARG_LIBS})
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

# causeway_test(NAME SRCS ... LIBS ... [LABELS ...] [TIMEOUT SECONDS]): a GoogleTest binary whose cases ctest lists one by one.
# Tests run in the source directory, so that they can name the files of the tree; LABELS are the names of `tests/run NAME`.
function(causeway_test NAME)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SRCS;LIBS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  causeway_executable(${NAME} SRCS ${ARG_SRCS} LIBS ${ARG_LIBS} GTest::gmock GTest::gtest GTest::gtest_main)
  causeway_label_target(${NAME} ${ARG_LABELS})
  string(REPLACE ";" "\\;" labels "${ARG_LABELS}")
  gtest_discover_tests(${NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
                       PROPERTIES LABELS "${labels}" TIMEOUT ${ARG_TIMEOUT})
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

# causeway_fuzz(NAME SRCS ... LIBS ...): a libFuzzer binary NAME_fuzz, only in a build with CAUSEWAY_FUZZ. `tests/run fuzz` finds
# it by its name, with its seeds in tests/fuzz/corpus/NAME.
function(causeway_fuzz NAME)
  if(NOT CAUSEWAY_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SRCS;LIBS" ${ARGN})
  causeway_executable(${NAME}_fuzz SRCS ${ARG_SRCS} LIBS ${ARG_LIBS})
  target_link_options(${NAME}_fuzz PRIVATE -fsanitize=fuzzer)
  set_target_properties(${NAME}_fuzz PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests/fuzz")
  causeway_label_target(${NAME}_fuzz fuzz)
endfunction()

# causeway_benchmark(NAME SRCS ... LIBS ...): a Google Benchmark binary NAME_bench, which `tests/bench` finds by its name.
function(causeway_benchmark NAME)
  cmake_parse_arguments(ARG "" "" "SRCS;LIBS" ${ARGN})
  causeway_executable(${NAME}_bench SRCS ${ARG_SRCS} LIBS ${ARG_LIBS} benchmark::benchmark benchmark::benchmark_main)
  set_target_properties(${NAME}_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests/benchmarks")
  causeway_label_target(${NAME}_bench benchmarks)
endfunction()

include(GoogleTest)
