unit_test(report SOURCES judge_test.cc)
