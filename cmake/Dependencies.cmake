# Everything comes from Debian's packages (the list is in ./dev); nothing is vendored or downloaded.
# Installed beside penstockConfig.cmake as well, so that a program on the library finds the same ones: those that the
# floors it asks for stand on, which are then in penstock_wanted_dependencies.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# deps::NAME for the pkg-config module MODULE.
function(penstock_dependency name module)
  if(DEFINED penstock_wanted_dependencies AND NOT name IN_LIST penstock_wanted_dependencies)
    return()
  endif()
  if(NOT TARGET deps::${name})
    pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
    add_library(deps::${name} INTERFACE IMPORTED GLOBAL)
    target_link_libraries(deps::${name} INTERFACE PkgConfig::${name})
  endif()
endfunction()

penstock_dependency(uv libuv)
penstock_dependency(hiredis hiredis)
penstock_dependency(curl libcurl)
penstock_dependency(pq libpq)
penstock_dependency(spdlog spdlog)
penstock_dependency(simdjson simdjson)
