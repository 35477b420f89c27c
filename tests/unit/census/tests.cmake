unit_test(census SOURCES cache_room_test.cc ext4_image.cc ext4_image_test.cc find_root_test.cc inode_table_test.cc
                         layer_listing_test.cc limits_test.cc literal_farm.cc parallel_test.cc
                         tree_oracle.cc tree_walker_test.cc walk_engine_test.cc watch_test.cc
                 ALONE ext4_image_test.cc watch_test.cc
                 RUNS asan tsan)
unit_test(census_ext4_live ROOM census LABELS root RUNS asan tsan
          THREADS "while trees come*" "*number of threads" "*asked to stop*"
          SOURCES ext4_live_test.cc literal_farm.cc two_engines.cc)
# Some forty filesystems are made and filled; the threads are those of the test before.
unit_test(census_ext4_varieties ROOM census LABELS root
          SOURCES ext4_limits_test.cc ext4_varieties_test.cc literal_farm.cc rich_tree.cc tree_oracle.cc two_engines.cc
          ALONE rich_tree.cc)
if(TARGET census_ext4_varieties_test)
  set_tests_properties(unit.census_ext4_varieties${test_suffix} PROPERTIES TIMEOUT 900 COST 1000)
endif()
