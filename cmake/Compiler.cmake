# Debian 12's GCC 12 miscompiles coroutines silently (gcc bugs 98401, 99576, 102217), so it is refused by name.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR
    "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines: build with clang 19 "
    "(cmake --preset release, which names it) or with GCC 14 or newer.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(PENSTOCK_SANITIZE "" CACHE STRING "sanitizers to build with: address,undefined or thread")
option(PENSTOCK_WERROR "warnings are errors" ON)

add_library(penstock_compile_options INTERFACE)
target_compile_options(penstock_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wcast-qual
  -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference -Wformat=2 -Wimplicit-fallthrough
  -fstack-protector-strong -foptimize-sibling-calls
  $<$<BOOL:${PENSTOCK_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wno-gnu-statement-expression>)
target_compile_definitions(penstock_compile_options INTERFACE
  _GLIBCXX_ASSERTIONS PENSTOCK_VERSION="${PROJECT_VERSION}")
if(PENSTOCK_SANITIZE)
  # Recovery is off: a report ends the test that caused it.
  target_compile_options(penstock_compile_options INTERFACE
    -fsanitize=${PENSTOCK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(penstock_compile_options INTERFACE -fsanitize=${PENSTOCK_SANITIZE})
else()
  target_compile_definitions(penstock_compile_options INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2>)
  target_link_options(penstock_compile_options INTERFACE -Wl,-z,relro,-z,now)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(penstock_compile_options INTERFACE -fuse-ld=lld)
endif()
