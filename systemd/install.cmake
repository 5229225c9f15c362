# Runs at install time, with source, work, bindir and docdir set by CMakeLists.txt; DESTDIR is honoured by file(INSTALL).
set(sysconfdir ${CMAKE_INSTALL_PREFIX}/etc)
if(CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?/?$")
  set(sysconfdir /etc)
endif()
set(lib ${CMAKE_INSTALL_PREFIX}/lib)

function(write_unit name)
  configure_file(${source}/penstock.service.in ${work}/${name} @ONLY)
  file(INSTALL ${work}/${name} DESTINATION ${lib}/systemd/system)
endfunction()

set(description "Penstock job daemon")
set(config ${sysconfdir}/penstock/penstock.yaml)
set(directory penstock)
set(instance %H)
write_unit(penstock.service)

set(description "Penstock job daemon %i")
set(config ${sysconfdir}/penstock/%i.yaml)
set(directory penstock/%i)
set(instance %H:%i)
write_unit(penstock@.service)

configure_file(${source}/tmpfiles.conf.in ${work}/tmpfiles.conf @ONLY)
file(INSTALL ${work}/tmpfiles.conf DESTINATION ${lib}/tmpfiles.d RENAME penstock.conf)
file(INSTALL ${source}/sysusers.conf DESTINATION ${lib}/sysusers.d RENAME penstock.conf)

# The machine's own configuration is never written over.
if(EXISTS $ENV{DESTDIR}${sysconfdir}/penstock/penstock.yaml)
  message(STATUS "Keeping: $ENV{DESTDIR}${sysconfdir}/penstock/penstock.yaml")
else()
  file(INSTALL ${source}/../config/penstock.yaml DESTINATION ${sysconfdir}/penstock)
endif()
