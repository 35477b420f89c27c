unit_test(layers SOURCES layout_test.cc)
