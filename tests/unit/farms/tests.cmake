unit_test(
  farms
  SOURCES backintime_test.cc backuppc_test.cc containers_storage_test.cc copies_test.cc
          directory_test.cc dirvish_test.cc flatpak_test.cc git_test.cc glusterfs_test.cc
          kinds_test.cc layout_test.cc nix_test.cc ostree_test.cc pnpm_test.cc recognise_test.cc
          rsnapshot_test.cc snapshot_name_test.cc snapshot_order_test.cc storebackup_test.cc
          timeshift_test.cc)
