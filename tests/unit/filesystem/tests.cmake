unit_test(filesystem SOURCES link_limits_test.cc magic_test.cc mounts_test.cc superblock_test.cc filesystem_test.cc room_test.cc)
unit_test(filesystem_root IN filesystem LABELS root
          SOURCES filesystem_root_test.cc directory_costs_root_test.cc room_root_test.cc
          ALONE room_root_test.cc)
