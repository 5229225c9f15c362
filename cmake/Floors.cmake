# A floor is one folder of lib/penstock, built and installed as one static library penstock_NAME (penstock::NAME).
add_custom_target(floors)  # all of them: with the daemon, what is installed
function(penstock_floor name)
  cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/penstock/${name}/*.cpp)
  file(GLOB scripts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/penstock/${name}/scripts/*.lua)
  if(scripts)
    penstock_embed_scripts(${name} embedded ${scripts})
    list(APPEND sources ${embedded})
  endif()
  add_library(penstock_${name} STATIC ${sources})
  add_library(penstock::${name} ALIAS penstock_${name})
  add_dependencies(floors penstock_${name})
  set_target_properties(penstock_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(penstock_${name} PUBLIC cxx_std_23)
  target_include_directories(penstock_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/lib> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(penstock_${name}
    PUBLIC ${arg_LIBRARIES} Threads::Threads PRIVATE $<BUILD_INTERFACE:penstock_compile_options>)
  set_property(GLOBAL APPEND PROPERTY PENSTOCK_FLOORS ${name})
  set_property(GLOBAL PROPERTY PENSTOCK_FLOOR_${name} ${arg_LIBRARIES})
  install(TARGETS penstock_${name} EXPORT penstock_${name} COMPONENT library)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/lib/penstock/${name}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/penstock COMPONENT library FILES_MATCHING
    PATTERN "*.hpp" PATTERN scripts EXCLUDE)
endfunction()

# Lua files become string constants penstock::NAME::scripts::FILE, declared by hand in scripts.hpp.
function(penstock_embed_scripts name out)
  set(generated ${PROJECT_BINARY_DIR}/generated/${name}_scripts.cpp)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -D OUT=${generated} -D NAMESPACE=penstock::${name}::scripts "-DSCRIPTS=${ARGN}"
            -P ${PROJECT_SOURCE_DIR}/cmake/EmbedScripts.cmake
    DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/cmake/EmbedScripts.cmake
    VERBATIM)
  set(${out} ${generated} PARENT_SCOPE)
endfunction()

# tests/unit/NAME/*.cpp against the libraries named, as one executable unit_NAME.
function(penstock_unit_tests name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(unit_${name} ${sources})
  target_link_libraries(unit_${name} PRIVATE ${ARGN} penstock_test_support penstock_compile_options)
  target_compile_definitions(unit_${name} PRIVATE PENSTOCK_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_precompile_headers(unit_${name} REUSE_FROM penstock_catch)
  add_test(NAME unit.${name} COMMAND unit_${name} --order rand --rng-seed time)
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()
