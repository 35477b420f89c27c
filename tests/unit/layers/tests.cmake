unit_test(layers SOURCES docker_chains_test.cc docker_discovery_test.cc docker_metadata_test.cc
                         image_archive_test.cc layout_test.cc snapshot_name_test.cc
                         snapshot_order_test.cc tar_builder.cc tar_reader_test.cc
                 PRIVATE PkgConfig::ARCHIVE)
