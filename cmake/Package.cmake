# find_package(penstock) gives penstock::async, penstock::log, … penstock::job with their headers and dependencies.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/penstock)

write_basic_package_version_file(${PROJECT_BINARY_DIR}/penstockConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/penstockConfig.cmake cmake/Dependencies.cmake ${PROJECT_BINARY_DIR}/penstockConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT library)
install(EXPORT penstock NAMESPACE penstock:: FILE penstockTargets.cmake
  DESTINATION ${package_dir} COMPONENT library)
