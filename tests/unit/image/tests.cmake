unit_test(image SOURCES archive_test.cc refused_archive_test.cc tar/tar_builder.cc
                        tar/tar_reader_test.cc
                PRIVATE PkgConfig::ARCHIVE)
