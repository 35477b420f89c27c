unit_test(image SOURCES archive_test.cc tar_builder.cc tar_reader_test.cc
                PRIVATE PkgConfig::ARCHIVE)
