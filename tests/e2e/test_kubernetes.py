"""deploy/kubernetes: its form, how its parts fit each other and the daemon, and its rights, which are just those for
reading other users' trees. The plugin of node-problem-detector runs as node-problem-detector runs it."""

import contextlib
import json
import pathlib
import re
import shutil

import jsonschema
import pytest
import yaml

import exporter
import kustomize
import loopmount
import processes
from trees import hard_linked, snapshots

DEPLOY = pathlib.Path(__file__).parents[2] / "deploy"
BASE = DEPLOY / "kubernetes/base"
COMPONENT = DEPLOY / "kubernetes/components/ext4-device"
PLUGIN = DEPLOY / "kubernetes/node-problem-detector/hardlink.json"
SCHEMA = json.loads(
    pathlib.Path(__file__).with_name("kubernetes.schema.json").read_text(encoding="utf-8")
)

OBJECTS = kustomize.build(BASE)
WITH_DEVICE = kustomize.build(BASE, [COMPONENT])
DAEMON_SET = kustomize.find(OBJECTS, "DaemonSet")
POD = DAEMON_SET["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]
PROBES = ["startupProbe", "livenessProbe", "readinessProbe"]

NPD_OK, NPD_PROBLEM, NPD_UNKNOWN = 0, 1, 2


def kind(each):
    return each["kind"]


def name(each):
    return each["name"]


# The manifests


@pytest.mark.parametrize("each", WITH_DEVICE, ids=kind)
def test_every_object_fits_the_schema_of_the_api(each):
    jsonschema.Draft7Validator(SCHEMA[each["kind"]]).validate(each)


def test_the_schema_refuses_unknown_fields():
    wrong = json.loads(json.dumps(DAEMON_SET))
    wrong["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRoot"] = True
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA["DaemonSet"]).validate(wrong)


def test_every_file_of_the_base_is_part_of_it():
    kustomization = kustomize.load(BASE)
    used = {"kustomization.yaml", *kustomization["resources"]}
    used |= {name for each in kustomization["configMapGenerator"] for name in each["files"]}
    assert {file.name for file in BASE.iterdir()} == used


@pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl, which Debian 12 lacks")
@pytest.mark.parametrize("components", [[], [COMPONENT]], ids=["base", "with the device"])
def test_kustomize_puts_it_together_as_these_tests_do(components, tmp_path):
    paths = {"resources": [BASE], "components": components}
    top = {key: [relative(each, tmp_path) for each in values] for key, values in paths.items()}
    (tmp_path / "kustomization.yaml").write_text(json.dumps(top))
    done = processes.run([shutil.which("kubectl"), "kustomize", str(tmp_path)])
    hashed = re.compile(r"(name: hardlink-exporter)-[a-z0-9]{10}$", re.MULTILINE)
    real = list(yaml.safe_load_all(hashed.sub(r"\1", done.stdout)))
    assert sorted(real, key=kind) == sorted(kustomize.build(BASE, components), key=kind)


def relative(path, start):
    up = pathlib.Path(*[".."] * (len(start.resolve().parts) - 1))
    return str(up / path.resolve().relative_to("/"))


def test_every_object_has_the_recommended_labels():
    for labels in [each["metadata"]["labels"] for each in [*OBJECTS, POD]]:
        wanted = ["name", "instance", "component", "part-of", "version"]
        assert {f"app.kubernetes.io/{name}" for name in wanted} <= set(labels)


def test_the_version_is_that_of_the_program():
    version = exporter.run("--version").stdout.split()[2]
    assert CONTAINER["image"] == f"hardlink_exporter:{version}"
    assert POD["metadata"]["labels"]["app.kubernetes.io/version"] == version


def test_every_selector_finds_the_pods_and_every_port_is_the_daemons():
    service = kustomize.find(OBJECTS, "Service")["spec"]
    policy = kustomize.find(OBJECTS, "NetworkPolicy")["spec"]
    monitor = kustomize.find(OBJECTS, "PodMonitor")["spec"]
    selectors = [
        DAEMON_SET["spec"]["selector"]["matchLabels"],
        service["selector"],
        policy["podSelector"]["matchLabels"],
        monitor["selector"]["matchLabels"],
    ]
    for selector in selectors:
        assert selector and selector.items() <= POD["metadata"]["labels"].items()

    (port,) = CONTAINER["ports"]
    named = [
        service["ports"][0]["targetPort"],
        policy["ingress"][0]["ports"][0]["port"],
        monitor["podMetricsEndpoints"][0]["port"],
        *[CONTAINER[probe]["httpGet"]["port"] for probe in PROBES],
    ]
    assert set(named) == {port["name"]}
    assert f"--web.listen-address=:{port['containerPort']}" in CONTAINER["args"]
    assert service["ports"][0]["port"] == port["containerPort"] == 10065
    assert service["clusterIP"] == "None"


def test_names_that_the_pod_refers_to_exist():
    names = {(each["kind"], each["metadata"]["name"]) for each in OBJECTS}
    spec = POD["spec"]
    assert ("ServiceAccount", spec["serviceAccountName"]) in names
    assert ("PriorityClass", spec["priorityClassName"]) in names
    (config,) = [each for each in spec["volumes"] if "configMap" in each]
    assert ("ConfigMap", config["configMap"]["name"]) in names
    mounted = {each["name"] for each in CONTAINER["volumeMounts"]}
    assert mounted == {each["name"] for each in spec["volumes"]}


def test_all_that_is_mounted_is_read_only_and_the_data_root_follows_the_nodes_mounts():
    mounts = {each["name"]: each for each in CONTAINER["volumeMounts"]}
    assert all(each["readOnly"] for each in mounts.values())
    assert mounts["data-root"]["mountPropagation"] == "HostToContainer"
    (volume,) = [each for each in POD["spec"]["volumes"] if each["name"] == "data-root"]
    (root,) = yaml.safe_load((BASE / "hardlink_exporter.yml").read_text(encoding="utf-8"))["roots"]
    inside = pathlib.PurePath(root["path"]).relative_to(mounts["data-root"]["mountPath"])
    assert pathlib.PurePath(volume["hostPath"]["path"], inside) == pathlib.PurePath(root["path"])


README = (DEPLOY / "kubernetes/README.md").read_text(encoding="utf-8")


def test_a_pod_goes_only_to_nodes_that_are_labelled_as_the_readme_says():
    (label,) = re.findall(r"^    kubectl label node NODE (\S+)=(\S+)", README, re.MULTILINE)
    assert POD["spec"]["nodeSelector"] == {"kubernetes.io/os": "linux", label[0]: label[1]}
    assert f"kubectl label node NODE {label[0]}-`" in README
    assert "affinity" not in POD["spec"]


@pytest.mark.parametrize("objects", [OBJECTS, WITH_DEVICE], ids=["base", "with the device"])
def test_no_pod_waits_for_a_directory_of_its_node(objects):
    spec = kustomize.find(objects, "DaemonSet")["spec"]["template"]["spec"]
    paths = [each["hostPath"] for each in spec["volumes"] if "hostPath" in each]
    assert [each["type"] for each in paths] == ["DirectoryOrCreate"]
    assert "`HardlinkCensusFailing`" in README and "`hardlink_up 0`" in README


@pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl, which Debian 12 lacks")
def test_the_readmes_patch_takes_every_node(tmp_path):
    block = re.search(r"^      (patches:\n(?: +.*\n)+)", README, re.MULTILINE).group(1)
    top = {"resources": [relative(BASE, tmp_path)], **yaml.safe_load(block)}
    (tmp_path / "kustomization.yaml").write_text(json.dumps(top))
    done = processes.run([shutil.which("kubectl"), "kustomize", str(tmp_path)])
    daemon_set = kustomize.find(list(yaml.safe_load_all(done.stdout)), "DaemonSet")
    selector = daemon_set["spec"]["template"]["spec"]["nodeSelector"]
    assert selector == {"kubernetes.io/os": "linux"}


def test_the_service_has_pods_whose_first_census_takes_long():
    assert kustomize.find(OBJECTS, "Service")["spec"]["publishNotReadyAddresses"] is True


# The daemon, as the DaemonSet starts it


def test_the_daemon_takes_its_configuration(tmp_path):
    data = kustomize.find(OBJECTS, "ConfigMap")["data"]
    for name, content in data.items():
        (tmp_path / name).write_text(content)
    (mount,) = [each["mountPath"] for each in CONTAINER["volumeMounts"] if each["name"] == "config"]
    arguments = [each.replace(mount, str(tmp_path)) for each in CONTAINER["args"]]
    assert arguments != CONTAINER["args"]
    done = exporter.run(*arguments, "--config.check")
    assert done.returncode == 0, done.stderr


def test_its_probes_are_answered_with_200(tree):
    with exporter.daemon(snapshots(tree / "backups", names=3)) as daemon:
        for probe in PROBES:
            assert daemon.get(CONTAINER[probe]["httpGet"]["path"]).status == 200
        path = kustomize.find(OBJECTS, "PodMonitor")["spec"]["podMetricsEndpoints"][0]["path"]
        assert daemon.get(path).status == 200


def test_a_daemon_at_work_stays_within_the_limits_of_its_pod(tree):
    (threads,) = re.findall(r"fewer than (\d+) threads", README)
    memory = re.fullmatch(r"(\d+)Mi", CONTAINER["resources"]["limits"]["memory"]).group(1)
    with exporter.daemon(snapshots(tree / "backups", names=3)) as daemon:
        assert daemon.value("process_threads") < int(threads)
        assert daemon.value("process_resident_memory_bytes") < int(memory) * 2**20 / 2


@contextlib.contextmanager
def volume(node, pod):
    """The directory `node` as the kubelet mounts it into a pod (HostToContainer)."""
    mount = processes.program("mount")
    node.parent.mkdir()
    with loopmount.mounted(["-t", "tmpfs", "tmpfs"], node.parent):
        processes.run([mount, "--make-shared", str(node.parent)])
        node.mkdir()
        pod.mkdir()
        processes.run([mount, "--bind", str(node), str(pod)])
        try:
            processes.run([mount, "--make-rslave", str(pod)])
            yield
        finally:
            processes.run([processes.program("umount"), "--lazy", "--recursive", str(pod)])


def test_on_a_node_without_dockers_storage_the_pod_is_up_and_counts_once_it_is_there(tree, often):
    node, pod = tree / "node" / "docker", tree / "pod"
    with volume(node, pod):
        flag = often(f"path: {pod / 'overlay'}, name: docker, layout: docker-overlay")
        command = [*confined(), exporter.copy_for_everybody(tree)]
        with exporter.daemon(flag, command=command) as daemon:
            for probe in PROBES:
                assert daemon.get(CONTAINER[probe]["httpGet"]["path"]).status == 200
            assert daemon.value("hardlink_up", root="docker") == 0
            # Docker's data root is a filesystem of its own, mounted after the pod has started.
            with loopmount.mounted(["-t", "tmpfs", "tmpfs"], node):
                hard_linked(node / "overlay" / ("a" * 64) / "root", 3)
                daemon.eventually(lambda now: now.get("hardlink_layers") == 1, "Docker's layer")
                assert daemon.value("hardlink_up", root="docker") == 1
                daemon.stop()


def confined():
    """The command that starts a program with the container's user and capabilities."""
    pod, own = POD["spec"]["securityContext"], CONTAINER["securityContext"]
    added = "".join(f",+{each.lower()}" for each in own["capabilities"]["add"])
    assert own["capabilities"]["drop"] == ["ALL"] and not own["allowPrivilegeEscalation"]
    command = [processes.program("setpriv"), f"--reuid={pod['runAsUser']}"]
    command += [f"--regid={pod['runAsGroup']}", "--clear-groups", "--no-new-privs"]
    return [*command, f"--inh-caps=-all{added}", f"--bounding-set=-all{added}"]


def test_with_the_containers_rights_it_reads_another_users_tree(tree):
    processes.need_root()
    top = snapshots(tree / "backups", names=3)
    for path in [*top.rglob("*"), top]:
        shutil.chown(path, 4321, 4321)
        path.chmod(0o700)
    command = [*confined(), exporter.copy_for_everybody(tree)]
    with exporter.daemon(f"{top}", command=command) as daemon:
        assert daemon.value("hardlink_census_complete", root=str(top)) == 1
        assert daemon.value("hardlink_max_links", root=str(top)) == 6
    without = [each.replace(",+dac_read_search", "") for each in command]
    with exporter.daemon(f"{top}", command=without, ready=False) as daemon:
        # The metric is absent until the first census has ended.
        daemon.eventually(
            lambda samples: [value for _, value in samples.all("hardlink_up")] == [0],
            "a root that is down",
        )


def test_with_the_containers_rights_it_cannot_write_another_users_files(tree):
    processes.need_root()
    file = tree / "file"
    file.write_text("as it was")
    shutil.chown(file, 4321, 4321)
    file.chmod(0o600)
    shell = processes.run([*confined(), "/bin/sh", "-c", f"echo changed >{file}"], check=False)
    assert shell.returncode != 0 and file.read_text() == "as it was"


# Prometheus


def test_the_rules_are_ones_that_prometheus_takes(tmp_path):
    spec = kustomize.find(OBJECTS, "PrometheusRule")["spec"]
    (tmp_path / "rules.yml").write_text(json.dumps(spec))
    promtool = processes.program("promtool")
    processes.run([promtool, "check", "rules", str(tmp_path / "rules.yml")])
    files = (DEPLOY / "prometheus").glob("hardlink.*.yml")
    ours = [yaml.safe_load(file.read_text(encoding="utf-8"))["groups"] for file in files]
    assert sorted(sum(ours, []), key=name) == sorted(spec["groups"], key=name)


def test_series_have_the_job_that_the_rules_select_and_none_of_the_pods_names(tmp_path):
    (endpoint,) = kustomize.find(OBJECTS, "PodMonitor")["spec"]["podMetricsEndpoints"]
    job, instance, drop = endpoint["relabelings"]
    rules = json.dumps(kustomize.find(OBJECTS, "PrometheusRule")["spec"])
    assert f'up{{{job["targetLabel"]}=\\"{job["replacement"]}\\"}}' in rules
    assert (instance["targetLabel"], instance["sourceLabels"]) == (
        "instance",
        ["__meta_kubernetes_pod_node_name"],
    )
    assert drop["action"] == "labeldrop"
    for label in ["pod", "container", "endpoint"]:
        assert re.fullmatch(drop["regex"], label)
    for label in ["job", "instance", "root", "namespace", "layer", "path", "image", "le"]:
        assert not re.fullmatch(drop["regex"], label)


# node-problem-detector


def plugin():
    return json.loads(PLUGIN.read_text(encoding="utf-8"))


def command_for(port):
    """The rule's own command line, for a daemon on another port."""
    (rule,) = plugin()["rules"]
    assert rule["path"] == "/usr/bin/hardlink_exporter"
    arguments = [each.replace("127.0.0.1:10065", f"127.0.0.1:{port}") for each in rule["args"]]
    assert arguments != rule["args"]
    return arguments


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text).group(1))


def test_the_plugin_has_the_keys_of_node_problem_detector_and_enough_time():
    config = plugin()
    keys = {"plugin", "pluginConfig", "source", "metricsReporting", "conditions", "rules"}
    assert set(config) == keys
    (condition,) = config["conditions"]
    assert set(condition) == {"type", "reason", "message"}
    (rule,) = config["rules"]
    assert set(rule) == {"type", "condition", "reason", "path", "args", "timeout"}
    assert (rule["type"], rule["condition"]) == ("permanent", condition["type"])
    (own,) = [each.partition("=")[2] for each in rule["args"] if each.startswith("--timeout=")]
    assert seconds(own) < seconds(rule["timeout"]) <= seconds(config["pluginConfig"]["timeout"])


@pytest.mark.parametrize(("layers", "code"), [(5, NPD_OK), (4, NPD_PROBLEM)])
def test_the_plugin_reports_a_problem_below_five_layers(tree, layers, code):
    top = snapshots(tree / "backups", names=7)
    config = tree / "config.yml"
    root = {"path": str(top), "name": "docker", "link_limit": 14 + 7 * layers}
    config.write_text(json.dumps({"roots": [root]}))
    with exporter.daemon(f"--config.file={config}") as daemon:
        done = exporter.run(*command_for(daemon.port))
    assert done.returncode == code and f"{layers} snapshots left" in done.stdout
    assert len(done.stdout.encode()) <= plugin()["pluginConfig"]["max_output_length"]


def test_without_a_daemon_the_plugin_answers_unknown():
    done = exporter.run(*command_for(processes.free_port()))
    assert done.returncode == NPD_UNKNOWN and done.stdout
