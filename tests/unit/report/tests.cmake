unit_test(report SOURCES judge_images_test.cc judge_test.cc limits_test.cc
                 ALONE judge_images_test.cc judge_test.cc)
