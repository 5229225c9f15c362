# Everything comes from Debian's packages (the list is in ./dev); nothing is vendored or downloaded.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(penstock_dependency name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  add_library(deps_${name} INTERFACE)
  target_link_libraries(deps_${name} INTERFACE PkgConfig::${name})
  add_library(deps::${name} ALIAS deps_${name})
endfunction()

penstock_dependency(uv libuv)
penstock_dependency(hiredis hiredis)
penstock_dependency(yaml yaml-cpp)
penstock_dependency(spdlog spdlog)
penstock_dependency(simdjson simdjson)
