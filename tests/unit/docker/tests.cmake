unit_test(docker SOURCES chains_test.cc discovery_test.cc makers_own_test.cc metadata_test.cc)
