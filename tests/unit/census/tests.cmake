unit_test(census SOURCES inode_table_test.cc os_test.cc tree_walker_test.cc walk_engine_test.cc
                         watch_test.cc)
