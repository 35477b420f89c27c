unit_test(
  farms
  SOURCES evidence/copies_test.cc evidence/directory_test.cc kinds_test.cc layout_test.cc
          recognise_test.cc snapshots/backintime_test.cc snapshots/dirvish_test.cc
          snapshots/rsnapshot_test.cc snapshots/snapshot_name_test.cc
          snapshots/snapshot_order_test.cc snapshots/storebackup_test.cc
          snapshots/timeshift_test.cc stores/backuppc_test.cc stores/containers_storage_test.cc
          stores/flatpak_test.cc stores/git_test.cc stores/glusterfs_test.cc stores/nix_test.cc
          stores/ostree_test.cc stores/pnpm_test.cc
  ALONE stores/backuppc_test.cc)
