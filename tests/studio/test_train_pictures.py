"""The pictures of the room, as a person has them."""

import re

from driven import built_of, ran

from thalweg.studio.session import Session
from thalweg.studio.train_pictures import moment_of


def test_curves_are_chosen_while_a_run_goes_on_and_all_of_it_is_there_in_the_end(opened):
    page = opened("/train?data=clouds&points=60&engine=numpy&epochs=1500&patience=100000")
    losses = page.get_by_role("region", name="losses")
    page.get_by_role("button", name="Run", exact=True).click()
    losses.get_by_role("button", name="test", exact=True).click()
    losses.get_by_role("button", name="validation checks").click()
    page.get_by_text(re.compile("all 1500 epochs were run")).first.wait_for()
    losses.get_by_text("at epoch 1,500 of 1,500").wait_for()
    assert losses.get_by_role("button", name="test", exact=True).get_attribute("aria-pressed") == "false"
    assert losses.locator(".plots svg").count() == 3
    assert losses.locator(".plots svg").first.locator("path.curve").count() == 2
    says = page.get_by_role("region", name="what the network says")
    says.get_by_text(re.compile(r"^at epoch [\d,]+ · update [\d,]+ · \d+ of 60 wrong$")).wait_for()
    unit = page.get_by_role("region", name="network", exact=True).locator("[data-unit]").first
    unit.focus()
    unit.press("Enter")
    page.get_by_role("heading", name="Unit 1 of layer1").wait_for()
    page.get_by_role("button", name="Reset").click()
    losses.get_by_text("No epoch has ended yet.").wait_for()


def test_of_a_run_that_has_ended_the_pictures_name_the_moment_whose_parameters_it_keeps():
    session = ran(
        Session(built_of(data="clouds", points=60, epochs=400, patience=1, rule={"learning_rate": 0.9})), "run"
    )
    run = session.finished()
    assert run.kept_epoch < run.epochs
    assert moment_of(session, session.sample()) == (run.kept_epoch, run.kept_epoch * run.updates // run.epochs)
    ran(session, "step")
    assert moment_of(session, session.sample()) == (run.epochs, run.updates + 1)
    session = ran(Session(built_of(data="sine", split="100/0/0", optimizer="gd", rule={"learning_rate": 900.0})), "run")
    first = session.built.recipe.params
    same = session.built.network.ravel
    assert (same(session.sample().parameters) == same(first)).all()
    assert moment_of(session, session.sample()) == (0, 0)
