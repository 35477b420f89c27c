unit_test(model SOURCES counts_test.cc histogram_test.cc)
