unit_test(census SOURCES count/inode_table_test.cc count/reread_links_test.cc
                         ext4/ext4_image.cc ext4/ext4_image_test.cc ext4/whole_passes_test.cc
                         find_root_test.cc layer_listing_test.cc refresh/kept_units_test.cc
                         refresh/unit_listing_test.cc walk/binding_inodes_test.cc
                         walk/bytes_test.cc walk/hot_names_test.cc walk/limits_test.cc
                         walk/literal_farm.cc walk/random_tree.cc walk/shared_units_test.cc
                         walk/single_links_test.cc walk/tree_oracle.cc
                         walk/tree_walker_test.cc walk/walk_engine_test.cc walk/walked.cc
                 ALONE ext4/ext4_image_test.cc
                 RUNS asan tsan)
unit_test(census_ext4_live IN census LABELS root RUNS asan tsan
          THREADS "while trees come*" "*number of threads" "*asked to stop*"
          SOURCES ext4/ext4_devices_test.cc ext4/ext4_live_test.cc ext4/ext4_shared_test.cc
                  ext4/ext4_watch_test.cc ext4/two_engines.cc walk/literal_farm.cc)
unit_test(census_refresh IN census LABELS root RUNS asan tsan
          THREADS "after random changes*"
          SOURCES ext4/two_engines.cc refresh/changing_tree.cc refresh/refresh_test.cc
                  walk/literal_farm.cc)
# Some forty filesystems are made and filled; the threads are those of the test before.
unit_test(census_ext4_varieties IN census LABELS root
          SOURCES ext4/ext4_limits_test.cc ext4/ext4_varieties_test.cc ext4/rich_tree.cc
                  ext4/two_engines.cc walk/literal_farm.cc walk/random_tree.cc
                  walk/tree_oracle.cc
          ALONE ext4/rich_tree.cc)
if(TARGET census_ext4_varieties_test)
  set_tests_properties(unit.census_ext4_varieties${test_suffix} PROPERTIES TIMEOUT 900 COST 1000)
endif()
if(TARGET census_refresh_test)
  set_tests_properties(unit.census_refresh${test_suffix} PROPERTIES TIMEOUT 900)
endif()
