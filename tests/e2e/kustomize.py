"""The part of kustomize that deploy/kubernetes uses: resources, labels, images, generated ConfigMaps and components
that merge a patch. Anything else in a kustomization is an error."""

import copy

import yaml

_KNOWN = {
    "apiVersion",
    "kind",
    "namespace",
    "resources",
    "labels",
    "configMapGenerator",
    "images",
    "patches",
}
_CLUSTER_WIDE = {"Namespace", "PriorityClass"}


def load(directory):
    kustomization = yaml.safe_load((directory / "kustomization.yaml").read_text(encoding="utf-8"))
    assert set(kustomization) <= _KNOWN, set(kustomization) - _KNOWN
    return kustomization


def build(base, components=()):
    """The objects of a base with components, as kustomize would apply them."""
    kustomization = load(base)
    objects = [
        each
        for name in kustomization["resources"]
        for each in yaml.safe_load_all((base / name).read_text(encoding="utf-8"))
    ]
    for component in components:
        for patch in load(component)["patches"]:
            change = yaml.safe_load((component / patch["path"]).read_text(encoding="utf-8"))
            (target,) = [each for each in objects if _name(each) == _name(change)]
            _merge(target, change)
    for generator in kustomization["configMapGenerator"]:
        objects.append(_config_map(base, generator))
    for each in objects:
        if each["kind"] not in _CLUSTER_WIDE:
            each["metadata"]["namespace"] = kustomization["namespace"]
        for labels in kustomization["labels"]:
            _label(each, labels)
        for image in kustomization["images"]:
            _rename(each, image)
    return objects


def find(objects, kind):
    """The only object of a kind."""
    (found,) = [each for each in objects if each["kind"] == kind]
    return found


def _name(each):
    return each["kind"], each["metadata"]["name"]


def _config_map(base, generator):
    assert set(generator) == {"name", "files", "options"}
    assert set(generator["options"]) == {"labels"}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": generator["name"], **copy.deepcopy(generator["options"])},
        "data": {name: (base / name).read_text(encoding="utf-8") for name in generator["files"]},
    }


def _label(each, labels):
    assert set(labels) == {"pairs", "includeTemplates"}
    each["metadata"].setdefault("labels", {}).update(labels["pairs"])
    if each["kind"] == "DaemonSet":
        each["spec"]["template"]["metadata"]["labels"].update(labels["pairs"])


def _rename(each, image):
    if each["kind"] == "DaemonSet":
        for container in each["spec"]["template"]["spec"]["containers"]:
            if container["image"] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"


def _merge(target, change):
    """A strategic merge: lists are merged by the `name` of their members."""
    for key, value in change.items():
        if isinstance(value, dict):
            _merge(target.setdefault(key, {}), value)
        elif isinstance(value, list):
            for member in value:
                same = [each for each in target[key] if each["name"] == member["name"]]
                assert len(same) <= 1
                _merge(same[0], member) if same else target[key].append(member)
        else:
            target[key] = value
