# Which compilers, which warnings, which sanitizer, how hard the result is to break into.

# Debian 12's GCC 12 miscompiles coroutines silently (gcc bugs 98401, 99576, 102217), so it is refused by name.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR
    "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines: build with clang 19 "
    "(cmake --preset release, which names it) or with GCC 14 or newer.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()
# Assertions stand where invariants hold, and a lost job costs more than a compare: they stay in every build.
foreach(type IN ITEMS RELEASE RELWITHDEBINFO MINSIZEREL)
  string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_${type} "${CMAKE_CXX_FLAGS_${type}}")
endforeach()

find_program(PENSTOCK_CCACHE ccache)
if(PENSTOCK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PENSTOCK_CCACHE})
endif()

set(PENSTOCK_SANITIZE "" CACHE STRING "sanitizers to build with: address,undefined or thread")
option(PENSTOCK_WERROR "warnings are errors" ON)

add_library(penstock_compile_options INTERFACE)
target_compile_options(penstock_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion
  -Wold-style-cast -Wcast-qual -Wcast-align -Wnon-virtual-dtor -Woverloaded-virtual -Wsuggest-override
  -Wnull-dereference -Wformat=2 -Wimplicit-fallthrough -Wundef -Wunused -Wextra-semi
  -Wzero-as-null-pointer-constant -Wdate-time
  $<$<BOOL:${PENSTOCK_WERROR}>:-Werror>)

# What only clang knows. A file's own helpers live in an unnamed namespace (-Wmissing-*), and what cannot be reached
# is not written (-Wunreachable-code-aggressive).
target_compile_options(penstock_compile_options INTERFACE "$<$<CXX_COMPILER_ID:Clang>:-Wthread-safety;\
-Wmissing-prototypes;-Wmissing-variable-declarations;-Wunreachable-code-aggressive;-Wconditional-uninitialized;\
-Wcomma;-Wheader-hygiene;-Wloop-analysis;-Wunused-macros;\
-Winconsistent-missing-destructor-override;-Wcast-function-type;-Wno-gnu-statement-expression>")

# Debug information and assertion messages name files as the tree does, wherever it was built; ccache passes paths on
# relative to the build directory.
cmake_path(RELATIVE_PATH PROJECT_SOURCE_DIR BASE_DIRECTORY ${PROJECT_BINARY_DIR} OUTPUT_VARIABLE to_source)
target_compile_options(penstock_compile_options INTERFACE
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${to_source}/=
  -fstack-protector-strong -foptimize-sibling-calls)
target_compile_definitions(penstock_compile_options INTERFACE
  _GLIBCXX_ASSERTIONS PENSTOCK_VERSION="${PROJECT_VERSION}")

if(PENSTOCK_SANITIZE)
  # Recovery is off: a report ends the test that caused it.
  target_compile_options(penstock_compile_options INTERFACE
    -fsanitize=${PENSTOCK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(PENSTOCK_SANITIZE MATCHES undefined)
    # Its look at an object's type takes descriptors, and reports an error where a test has left none.
    target_compile_options(penstock_compile_options INTERFACE -fno-sanitize=vptr)
  endif()
  target_link_options(penstock_compile_options INTERFACE -fsanitize=${PENSTOCK_SANITIZE})
else()
  # Fortified calls need optimised code, and get in the way of the sanitizers' own.
  target_compile_options(penstock_compile_options INTERFACE
    "$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>"
    -fstack-clash-protection $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection=full>)
  target_link_options(penstock_compile_options INTERFACE LINKER:-z,relro,-z,now,-z,noexecstack)
endif()
# libFuzzer sees how far an input came in everything that is ours.
if(PENSTOCK_BUILD_FUZZ)
  target_compile_options(penstock_compile_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(penstock_compile_options INTERFACE -fuse-ld=lld)
endif()
