unit_test(http SOURCES access/authenticator_test.cc access/basic_credentials_test.cc
                       access/failure_limiter_test.cc client.cc client/fetch_test.cc
                       client/url_test.cc clients_test.cc gzip_test.cc inflate.cc negotiation_test.cc
                       own_metrics_test.cc server_test.cc sockets/listen_test.cc
                       sockets/request_slots_test.cc
               ALONE server_test.cc
               RUNS asan tsan
               PRIVATE hardlink::http_client ZLIB::ZLIB Threads::Threads)
