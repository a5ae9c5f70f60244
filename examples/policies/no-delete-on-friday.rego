# Nothing is deleted on a Friday: a pairing that is lost then stays lost over the weekend.
#
#   wawpform plan --policy examples/policies/no-delete-on-friday.rego --policy-input day=$(date +%A)
#
# The day comes from outside, so that the same plan on the same day always gets the same answer.
package main

import rego.v1

deny contains msg if {
	some name in deleted
	lower(input.wawpform.policy_input.day) == "friday"
	msg := sprintf("%s would be deleted, and it is Friday", [name])
}

# Without a day, nobody knows that it is not Friday.
deny contains msg if {
	count(deleted) > 0
	not input.wawpform.policy_input.day
	msg := "something would be deleted, and the day is not known: give --policy-input day=..."
}

deleted contains change.index if {
	some change in input.resource_changes
	"delete" in change.change.actions
}
