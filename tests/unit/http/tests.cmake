unit_test(http SOURCES authenticator_test.cc basic_credentials_test.cc client.cc clients_test.cc failure_limiter_test.cc
                       fetch_test.cc gzip_test.cc inflate.cc listen_test.cc
                       negotiation_test.cc own_metrics_test.cc request_slots_test.cc server_test.cc url_test.cc
               ALONE server_test.cc
               RUNS asan tsan
               PRIVATE ZLIB::ZLIB Threads::Threads)
