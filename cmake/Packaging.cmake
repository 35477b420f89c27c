# What is installed and where, and the Debian package: `cpack` in a build directory, or
#
#     cmake --preset package && cmake --build --preset package
#
# gives hardlink-exporter_VERSION_ARCH.deb for the Debian release it is built on. What runs when it
# is installed and removed is in deploy/debian/.
include(GNUInstallDirs)
install(TARGETS hardlink_exporter RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# A source tree may be without what surrounds the program: that of the container image is.
if(NOT EXISTS ${CMAKE_SOURCE_DIR}/deploy/debian OR NOT EXISTS ${CMAKE_SOURCE_DIR}/docs/man)
  return()
endif()

set(HARDLINK_SYSCONFDIR /etc CACHE PATH "Where the package's configuration goes")
set(HARDLINK_MAINTAINER "hardlink_exporter authors <hardlink-exporter@users.noreply.github.com>"
    CACHE STRING "Whom the Debian package names as its maintainer")
set(packaging ${CMAKE_BINARY_DIR}/packaging)

# hardlink_compressed(SOURCE TARGET): a copy of SOURCE as Debian wants documentation, TARGET.gz.
function(hardlink_compressed source target)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  execute_process(COMMAND gzip -9nc ${source} OUTPUT_FILE ${packaging}/${target}.gz
                  COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The example configuration with its roots commented out, so that Docker's storage is looked for.
function(hardlink_default_config target)
  set(source ${CMAKE_SOURCE_DIR}/config/hardlink_exporter.yml)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} text)
  string(REGEX MATCH "\nroots:\n([^\n]+\n)+" roots "${text}")
  if(NOT roots)
    message(FATAL_ERROR "No roots in ${source}")
  endif()
  string(REGEX REPLACE "\n([^\n])" "\n# \\1" commented "${roots}")
  string(REPLACE "${roots}" "${commented}" text "${text}")
  file(WRITE ${target} "${text}")
endfunction()

# Which Debian: a package of one must not pass for that of another, and gives way to the next's.
set(release "")
if(EXISTS /etc/os-release)
  file(STRINGS /etc/os-release release REGEX "^VERSION_ID=")
  string(REGEX REPLACE "[^0-9.]" "" release "${release}")
endif()
set(HARDLINK_DEBIAN_RELEASE 1)
if(release)
  set(HARDLINK_DEBIAN_RELEASE 1~deb${release})
endif()
set(HARDLINK_DEBIAN_VERSION ${PROJECT_VERSION}-${HARDLINK_DEBIAN_RELEASE})
set(CPACK_PACKAGE_CONTACT "${HARDLINK_MAINTAINER}")

file(MAKE_DIRECTORY ${packaging})
configure_file(${CMAKE_SOURCE_DIR}/deploy/debian/changelog.in ${packaging}/changelog.Debian @ONLY)
hardlink_compressed(${packaging}/changelog.Debian changelog.Debian)
hardlink_compressed(${CMAKE_SOURCE_DIR}/CHANGELOG.md changelog)
hardlink_compressed(${CMAKE_SOURCE_DIR}/docs/man/hardlink_exporter.1 hardlink_exporter.1)
hardlink_default_config(${packaging}/hardlink_exporter.yml)

set(deploy ${CMAKE_SOURCE_DIR}/deploy)
set(share ${CMAKE_INSTALL_DATADIR}/hardlink-exporter)
set(doc ${CMAKE_INSTALL_DATADIR}/doc/hardlink-exporter)
install(FILES ${packaging}/hardlink_exporter.yml
        DESTINATION ${HARDLINK_SYSCONFDIR}/hardlink_exporter)
install(FILES ${deploy}/systemd/hardlink-exporter.default
        DESTINATION ${HARDLINK_SYSCONFDIR}/default RENAME hardlink-exporter)
install(FILES ${deploy}/systemd/hardlink-exporter.service
              ${deploy}/systemd/hardlink-exporter.socket
              ${deploy}/systemd/hardlink-exporter-textfile.service
              ${deploy}/systemd/hardlink-exporter-textfile.timer
        DESTINATION lib/systemd/system)
install(FILES ${deploy}/systemd/hardlink-exporter.sysusers
        DESTINATION lib/sysusers.d RENAME hardlink-exporter.conf)
install(FILES ${packaging}/hardlink_exporter.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${deploy}/completion/hardlink_exporter.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME hardlink_exporter)
install(FILES ${deploy}/completion/_hardlink_exporter
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${deploy}/completion/hardlink_exporter.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(DIRECTORY ${deploy}/prometheus ${deploy}/alertmanager ${deploy}/grafana DESTINATION ${share}
        PATTERN tests EXCLUDE)
install(DIRECTORY ${deploy}/systemd/hardlink-exporter.service.d DESTINATION ${share}/systemd)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${deploy}/debian/copyright ${packaging}/changelog.gz
              ${packaging}/changelog.Debian.gz
        DESTINATION ${doc})
# Where README.md looks for them.
file(GLOB docs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/*.md)
install(FILES ${docs} DESTINATION ${doc}/docs)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME hardlink-exporter)
set(CPACK_PACKAGE_VENDOR "hardlink_exporter authors")
set(CPACK_PACKAGE_HOMEPAGE_URL https://github.com/hardlink-exporter/hardlink_exporter)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Prometheus exporter for hard-link counts")
set(CPACK_PACKAGE_DESCRIPTION
    "Watches directory trees whose files are shared by hard links, and tells
how many links, and how many further image layers or snapshots, fit before
link(2) fails with EMLINK. For Docker's overlay storage driver, rsync,
rsnapshot, ostree and stores of shared files.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# Whatever the umask of who builds it.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${HARDLINK_DEBIAN_RELEASE})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, prometheus-node-exporter")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${deploy}/debian/postinst ${deploy}/debian/prerm ${deploy}/debian/postrm
    ${deploy}/debian/conffiles)
include(CPack)
