unit_test(farms SOURCES layout_test.cc snapshot_name_test.cc snapshot_order_test.cc)
