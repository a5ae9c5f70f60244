# Every instance that the plan leaves behind carries a `team` label, so that somebody answers for it.
#
#   wawpform plan --policy examples/policies/team-label.rego
#
# A plan has what changes in it: an instance that stays as it is was looked at when it came.
package main

import rego.v1

deny contains msg if {
	some resource in input.planned_values.root_module.resources
	object.get(resource.values, ["labels", "team"], "") == ""
	msg := sprintf("%s has no label `team`", [resource.index])
}
