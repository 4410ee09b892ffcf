"""Delivery: from a merge to where users are, in the SQL of the facts about it.

``environments`` says where users are, ``aftermath`` what became of a deployment,
``facts/deployments`` what counts and what it brought, ``facts/value_events`` how far a prompt came.
"""
