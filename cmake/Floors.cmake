# A floor is one folder of lib/penstock, built as one static library penstock_NAME (penstock::NAME).
function(penstock_floor name)
  cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/penstock/${name}/*.cpp)
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/penstock/${name}/scripts/*.lua)
  if(scripts)
    penstock_embed_scripts(${name} embedded ${scripts})
    list(APPEND sources ${embedded})
  endif()
  add_library(penstock_${name} STATIC ${sources})
  add_library(penstock::${name} ALIAS penstock_${name})
  target_include_directories(penstock_${name} PUBLIC ${CMAKE_SOURCE_DIR}/lib)
  target_link_libraries(penstock_${name} PUBLIC ${arg_LIBRARIES} Threads::Threads PRIVATE penstock_compile_options)
endfunction()

# Lua files become string constants penstock::NAME::scripts::FILE, declared by hand in scripts.hpp.
function(penstock_embed_scripts name out)
  set(generated ${CMAKE_BINARY_DIR}/generated/${name}_scripts.cpp)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -D OUT=${generated} -D NAMESPACE=penstock::${name}::scripts "-DSCRIPTS=${ARGN}"
            -P ${CMAKE_SOURCE_DIR}/cmake/EmbedScripts.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/EmbedScripts.cmake
    VERBATIM)
  set(${out} ${generated} PARENT_SCOPE)
endfunction()

# tests/unit/NAME/*_test.cpp against the libraries named, as one executable unit_NAME.
function(penstock_unit_tests name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(unit_${name} ${sources})
  target_link_libraries(unit_${name} PRIVATE ${ARGN} penstock_test_support penstock_compile_options)
  add_test(NAME unit.${name} COMMAND unit_${name} --order rand --rng-seed time)
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT 300)
endfunction()
