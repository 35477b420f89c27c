# Completion of hardlink_exporter(1) for bash. Its commands and flags are compared with --help by
# tests/package/check_flags.py.

_hardlink_exporter_flags() {
  local counting='--engine= --layout= --tool= --layers= --link-limit='
  case $1 in
    scan) echo "--format= --output= --top= --exact --watch $counting" ;;
    explain) echo "--root= --format= --paths= $counting" ;;
    plan) echo "--target= --free= --format= --order= $counting" ;;
    check)
      echo "--mode= --warning= --critical= --warning-links= --critical-links= --allow-saturated= --timeout= --url="
      echo "--root= --max-age= $counting"
      ;;
    preflight) echo '--format= --link-limit= --unpack=' ;;
    '')
      echo '--config.file= --config.check --web.listen-address= --web.systemd-socket --web.telemetry-path='
      echo '--web.config.file= --web.enable-lifecycle --web.disable-exporter-metrics --web.max-requests='
      echo '--log.level= --log.format='
      echo '--sandbox.capabilities= --sandbox.landlock= --sandbox.seccomp= --version'
      ;;
  esac
  echo '--help'
}

# The values of FLAG of COMMAND, if they are known.
_hardlink_exporter_values() {
  case $1:$2 in
    scan:--format) echo 'table json prometheus' ;;
    plan:--format) echo 'table json commands' ;;
    *:--format) echo 'table json' ;;
    *:--order) echo 'auto name time' ;;
    *:--engine) echo 'auto walk ext4' ;;
    *:--layout) echo 'auto docker-overlay snapshots store none' ;;
    *:--tool)
      echo 'auto none docker rsnapshot backintime timeshift dirvish storebackup rsync backuppc'
      echo 'ostree flatpak nix pnpm containers-storage glusterfs git'
      ;;
    *:--mode) echo 'nagios npd' ;;
    *:--log.level) echo 'debug info warn error' ;;
    *:--log.format) echo 'logfmt json' ;;
    *:--sandbox.*) echo 'on off' ;;
  esac
}

_hardlink_exporter() {
  local cur prev words cword
  _init_completion -n = || return

  local commands='scan explain plan check preflight' command=''
  # Only the first word can be a command; after it, the same name is a path.
  if ((cword > 1)) && [[ " $commands " == *" ${words[1]} "* ]]; then
    command=${words[1]}
  fi

  local flag='' value=$cur
  if [[ $cur == --*=* ]]; then
    # Readline keeps what is before the equals sign.
    flag=${cur%%=*}
    value=${cur#*=}
  elif [[ " $(_hardlink_exporter_flags "$command")" == *[[:space:]]"$prev="* ]]; then
    flag=$prev
  fi
  case $flag in
    --config.file | --web.config.file | --output) _filedir ;;
    --unpack) _filedir -d ;;
    --root)
      [[ $command == check ]] || _filedir -d
      ;;
    --*)
      mapfile -t COMPREPLY < <(
        compgen -W "$(_hardlink_exporter_values "$command" "$flag")" -- "$value"
      )
      ;;
    *)
      if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_hardlink_exporter_flags "$command")" -- "$cur")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
      else
        case $command in
          explain | preflight) _filedir ;;
          *) _filedir -d ;;
        esac
        ((cword > 1)) ||
          mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(
            compgen -W "$commands help version" -- "$cur"
          )
      fi
      ;;
  esac
} &&
  complete -F _hardlink_exporter hardlink_exporter
