# find_package(penstock) gives penstock::async, penstock::log, … penstock::job with their headers and dependencies;
# find_package(penstock COMPONENTS redis http) only these floors, and those below them.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/penstock)

# What was built, from the ground up, and what each floor stands on.
get_property(floors GLOBAL PROPERTY PENSTOCK_FLOORS)
set(text "set(penstock_floors ${floors})\n")
foreach(floor IN LISTS floors)
  get_property(needs GLOBAL PROPERTY PENSTOCK_FLOOR_${floor})
  string(APPEND text "set(penstock_${floor}_needs ${needs})\n")
  install(EXPORT penstock_${floor} NAMESPACE penstock:: FILE penstock_${floor}.cmake
    DESTINATION ${package_dir} COMPONENT library)
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/penstockFloors.cmake CONTENT "${text}")

write_basic_package_version_file(${PROJECT_BINARY_DIR}/penstockConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/penstockConfig.cmake cmake/Dependencies.cmake ${PROJECT_BINARY_DIR}/penstockFloors.cmake
  ${PROJECT_BINARY_DIR}/penstockConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT library)
