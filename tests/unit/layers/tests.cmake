unit_test(layers SOURCES docker_chains_test.cc docker_discovery_test.cc layout_test.cc)
