unit_test(farms SOURCES copies_test.cc layout_test.cc recognise_test.cc snapshot_name_test.cc
                        snapshot_order_test.cc)
