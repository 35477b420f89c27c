unit_test(base SOURCES clean_path_test.cc counts_test.cc error_test.cc log_test.cc older_kernel_test.cc
                        open_beneath_test.cc os_test.cc threads_test.cc time_test.cc utf8_test.cc)
unit_test(base_mounts ROOM base LABELS root SOURCES mounts_told_apart_test.cc)
