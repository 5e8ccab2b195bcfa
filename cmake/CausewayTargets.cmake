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

# causeway_test(NAME SRCS ... LIBS ... [LABELS ...]): a GoogleTest binary whose cases ctest lists one by one.
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
  gtest_discover_tests(${NAME} DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
                       PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
include(GoogleTest)
