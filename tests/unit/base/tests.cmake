unit_test(base ROOM base/os
          SOURCES clean_path_test.cc error_test.cc log_test.cc os/cache_room_test.cc
                  os/older_kernel_test.cc os/open_beneath_test.cc os/os_test.cc os/parallel_test.cc
                  os/read_file_test.cc os/threads_test.cc text_test.cc time_test.cc utf8_test.cc
          RUNS asan tsan
          THREADS "what a thread throws*" "each number is visited*" "a thread that has ended*")
unit_test(base_mounts IN base/os LABELS root SOURCES mounts_told_apart_test.cc)
