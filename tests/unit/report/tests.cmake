unit_test(report SOURCES judge_images_test.cc judge_test.cc)
