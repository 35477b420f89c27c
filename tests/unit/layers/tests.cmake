unit_test(layers SOURCES docker_discovery_test.cc layout_test.cc)
