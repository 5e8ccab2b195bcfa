# SPDX-License-Identifier: Apache-2.0
# Everything comes from Debian 12's packages (deploy/setup installs them); nothing is downloaded here.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(ROCKSDB REQUIRED IMPORTED_TARGET rocksdb)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)

if(CAUSEWAY_NODE)
  find_package(gRPC CONFIG REQUIRED)
  find_package(spdlog REQUIRED)
  find_package(CLI11 REQUIRED)
  find_package(tomlplusplus REQUIRED)
  find_package(LibXml2 REQUIRED)
  pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
  pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
  find_package(prometheus-cpp CONFIG REQUIRED)
endif()

if(CAUSEWAY_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED CONFIG)
  find_package(benchmark REQUIRED CONFIG)
  find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
endif()

# Programs alone, no shared libraries: one kind of position-independent code for all, and threads for all, so that all can use the same
# precompiled headers.
add_compile_options(-fPIE -pthread)
add_link_options(-pie)

# Speed of the loop: a compiler cache and a fast linker where they are present.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # What ccache's manual asks for with precompiled headers, and what keeps it from reading them whole for each source: see `precompile`.
  set(CAUSEWAY_CCACHE "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1 CCACHE_DEPEND=1)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CAUSEWAY_CCACHE} "${CCACHE_PROGRAM}")
  # A precompiled header itself holds absolute paths: cached for one directory.
  set(CAUSEWAY_PRECOMPILE ${CAUSEWAY_CCACHE} CCACHE_BASEDIR= "${CMAKE_SOURCE_DIR}/cmake/precompile" "${CMAKE_SOURCE_DIR}" "${CCACHE_PROGRAM}")
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

if(CAUSEWAY_SANITIZE)
  add_compile_options(-fsanitize=${CAUSEWAY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CAUSEWAY_SANITIZE})
endif()
if(CAUSEWAY_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "CAUSEWAY_FUZZ needs clang's libFuzzer: configure with the preset asan or fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
