"""Functions as MATLAB's genFunction writes them, against the same formulas in a plain loop."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from damaged_networks import refusals

import thalweg as tw
from thalweg.errors import FileError

rng = np.random.default_rng(7)
IW, LW, B1, B2 = rng.normal(size=(4, 3)), rng.normal(size=(2, 4)), rng.normal(size=4), rng.normal(size=2)
X_OFFSET, X_GAIN = np.array([-2.5, 0.0, 1990.0]), np.array([0.4, 2e-3, 0.1])
Y_OFFSET, Y_GAIN = np.array([10.0, -1.0]), np.array([0.05, 0.25])


def written(matrix: np.ndarray) -> str:
    """A matrix as genFunction writes it."""
    rows = np.atleast_2d(matrix)
    text = ";".join(" ".join(repr(float(value)) for value in row) for row in rows)
    return text if rows.size == 1 else f"[{text}]"


def column(vector: np.ndarray) -> str:
    return written(np.reshape(vector, (-1, 1)))


LINE = ";...\n  "
CONSTANTS = f"""
% ===== NEURAL NETWORK CONSTANTS =====

% Input 1
x1_step1.xoffset = {column(X_OFFSET)};
x1_step1.gain = {column(X_GAIN)};
x1_step1.ymin = -1;

% Layer 1
b1 = {column(B1)};
IW1_1 = {written(IW).replace(";", LINE)};

% Layer 2
b2 = {column(B2)};
LW2_1 = {written(LW)};

% Output 1
y1_step1.ymin = -1;
y1_step1.gain = {column(Y_GAIN)};
y1_step1.xoffset = {column(Y_OFFSET)};
"""

FUNCTIONS = """
% ===== MODULE FUNCTIONS ========

% Map Minimum and Maximum Input Processing Function
function y = mapminmax_apply(x,settings)
  y = bsxfun(@minus,x,settings.xoffset);
  y = bsxfun(@times,y,settings.gain);
  y = bsxfun(@plus,y,settings.ymin);
end

% Map Minimum and Maximum Output Reverse-Processing Function
function x = mapminmax_reverse(y,settings)
  x = bsxfun(@minus,y,settings.ymin);
  x = bsxfun(@rdivide,x,settings.gain);
  x = bsxfun(@plus,x,settings.xoffset);
end

% Sigmoid Symmetric Transfer Function
function a = tansig_apply(n,~)
  a = 2 ./ (1 + exp(-2*n)) - 1;
end
"""

AS_CELLS = f"""function [Y,Xf,Af] = engine_net(X,~,~)
%ENGINE_NET neural network simulation function.
%
% [Y,Xf,Af] = engine_net(X,~,~) takes these arguments:
%   X = 1xTS cell, 1 inputs over TS timesteps
%   Each X{{1,ts}} = 3xQ matrix, input #1 at timestep ts.

%#ok<*RPMT0>
{CONSTANTS}
% ===== SIMULATION ========

% Format Input Arguments
isCellX = iscell(X);
if ~isCellX
  X = {{X}};
end

% Dimensions
TS = size(X,2); % timesteps
if ~isempty(X)
  Q = size(X{{1}},2); % samples/series
else
  Q = 0;
end

% Allocate Outputs
Y = cell(1,TS);

% Time loop
for ts=1:TS

    % Input 1
    Xp1 = mapminmax_apply(X{{1,ts}},x1_step1);

    % Layer 1
    a1 = tansig_apply(repmat(b1,1,Q) + IW1_1*Xp1);

    % Layer 2
    a2 = repmat(b2,1,Q) + LW2_1*a1;

    % Output 1
    Y{{1,ts}} = mapminmax_reverse(a2,y1_step1);
end

% Final Delay States
Xf = cell(1,0);
Af = cell(2,0);

% Format Output Arguments
if ~isCellX
  Y = cell2mat(Y);
end
end
{FUNCTIONS}"""

MATRIX_ONLY = f"""function [y1] = engine_net(x1)
{CONSTANTS}
% Dimensions
Q = size(x1,2); % samples
xp1 = mapminmax_apply(x1,x1_step1);
a1 = tansig_apply(repmat(b1,1,Q) + IW1_1*xp1);
a2 = repmat(b2,1,Q) + LW2_1*a1;
y1 = mapminmax_reverse(a2,y1_step1);
end
{FUNCTIONS}"""

P = np.array([[-1.5, 400.0, 2001.0], [0.25, 0.0, 1990.0], [2.0, 999.0, 2009.5]])


def by_loops(rows: np.ndarray) -> np.ndarray:
    """What the function computes, number by number."""
    answers = []
    for row in rows:
        scaled = [(x - offset) * gain - 1 for x, offset, gain in zip(row, X_OFFSET, X_GAIN, strict=True)]
        hidden = [
            math.tanh(b + sum(w * x for w, x in zip(ws, scaled, strict=True))) for ws, b in zip(IW, B1, strict=True)
        ]
        out = [b + sum(w * a for w, a in zip(ws, hidden, strict=True)) for ws, b in zip(LW, B2, strict=True)]
        answers.append([(a + 1) / gain + offset for a, gain, offset in zip(out, Y_GAIN, Y_OFFSET, strict=True)])
    return np.array(answers)


def read(tmp_path: Path, text: str, **options: object) -> tw.Model:
    path = tmp_path / "engine_net.m"
    path.write_text(text)
    return tw.exchange.read_network(path, **options)


@pytest.mark.parametrize("text", [AS_CELLS, MATRIX_ONLY])
def test_raw_inputs_give_what_the_function_gives(tmp_path: Path, text: str) -> None:
    model = read(tmp_path, text)
    np.testing.assert_allclose(model.predict(P), by_loops(P), rtol=1e-12)
    assert [tw.activations.ACTIVATIONS.name_of(layer.activation) for layer in model.network.layers] == [
        "tansig",
        "purelin",
    ]
    assert list(model.network.sizes.values()) == [3, 4, 2]


def test_kept_scaling_leaves_the_weights_and_tables_are_raw(tmp_path: Path) -> None:
    model = read(tmp_path, AS_CELLS, scaling="kept", columns=["load", "speed", "year"], target=["torque", "heat"])
    first, last = model.params.values()
    assert (next(iter(first.weights.values())) == IW).all()
    assert (next(iter(last.weights.values())) == LW).all()
    frame = dict(zip(["load", "speed", "year"], P.T.tolist(), strict=True))
    np.testing.assert_allclose(model.predict_table(frame).values, by_loops(P), rtol=1e-12)
    np.testing.assert_allclose(model.predict(P), by_loops(P), rtol=1e-12)


def test_rows_removed_and_settings_of_older_releases(tmp_path: Path) -> None:
    text = """function [y1] = net(x1)
x1_step1_keep = [1 3];
x1_step2_xoffset = [0;10];
x1_step2_gain = [2;0.1];
x1_step2_ymin = -1;
b1 = [0.5;-0.5]; IW1_1 = [1 2;3 4];
b2 = 0.25;
LW2_1 = [1 -1];
Q = size(x1,2);
temp = removeconstantrows_apply(x1,x1_step1_keep);
xp1 = mapminmax_apply(temp,x1_step2_gain,x1_step2_xoffset,x1_step2_ymin);
a1 = logsig_apply(repmat(b1,1,Q) + IW1_1*xp1);
a2 = repmat(b2,1,Q) + LW2_1*a1;
y1 = a2;
end
"""
    model = read(tmp_path, text)
    x = np.array([1.0, 7.0, 15.0])
    scaled = np.array([x[0] * 2 - 1, (x[2] - 10) * 0.1 - 1])
    hidden = [1 / (1 + math.exp(-n)) for n in (0.5 + scaled @ [1, 2], -0.5 + scaled @ [3, 4])]
    np.testing.assert_allclose(model.predict(x[None])[0], [0.25 + hidden[0] - hidden[1]], rtol=1e-13)


def test_several_inputs_shortcuts_and_outputs_of_softmax(tmp_path: Path) -> None:
    text = """function [y1,y2] = net(x1,x2)
b1 = [0;1];
IW1_1 = [1 2;3 4];
IW1_2 = [5;6];
b2 = [0;0;1];
IW2_2 = [1;1;1];
LW2_1 = [1 0;0 1;1 1];
b3 = -1;
LW3_1 = [2 2];
Q = size(x1,2);
a1 = satlins_apply(repmat(b1,1,Q) + IW1_1*x1 + IW1_2*x2);
a2 = softmax_apply(repmat(b2,1,Q) + LW2_1*a1 + IW2_2*x2);
a3 = repmat(b3,1,Q) + LW3_1*a1;
y1 = a2;
y2 = a3;
end
"""
    model = read(tmp_path, text)
    x1, x2 = np.array([[0.1, -0.2]]), np.array([[0.05]])
    a1 = np.clip([0.1 - 0.4 + 0.25, 1 + 0.3 - 0.8 + 0.3], -1, 1)
    n2 = np.array([a1[0], a1[1], a1.sum() + 1]) + 0.05
    expected = [*(np.exp(n2) / np.exp(n2).sum()), 2 * a1.sum() - 1]
    np.testing.assert_allclose(model.predict({"input1": x1, "input2": x2})[0], expected, rtol=1e-13)
    assert model.encoding is None
    assert "2 inputs" in model.record["notes"][0]


def test_signs_are_read_as_matlab_reads_them(tmp_path: Path) -> None:
    text = """function [y1] = net(x1)
x1_step1.xoffset = [0;0]; x1_step1.gain = 2; x1_step1.ymin = - 1;
b1 = [0.5; - 0.25];
%{
b1 = [9; 9];
%}
IW1_1 = [- 1 -2e-1
  3, - 4];
b2 = [];
LW2_1 = [1 -1];
Q = size(x1,2);
a1 = repmat(b1,1,Q) + IW1_1*mapminmax_apply(x1,x1_step1);
y1 = repmat(b2,1,Q) + LW2_1*a1;
end
"""
    scaled = np.array([2.0, 6.0]) * 2 - 1
    hidden = np.array([0.5, -0.25]) + np.array([[-1, -0.2], [3, -4]]) @ scaled
    model = read(tmp_path, text)
    np.testing.assert_allclose(model.predict([[2.0, 6.0]])[0], [hidden[0] - hidden[1]], rtol=1e-13)


MISTAKES = [
    *(
        (MATRIX_ONLY.replace("b2 = [", f"LW2_1 = {arithmetic};\nb2 = ["), "LW2_1 holds arithmetic")
        for arithmetic in ("[1 - 1]", "[1-1]", "[1- 1]", "[1 --1]", "1 - 1", "[1 -]")
    ),
    (MATRIX_ONLY.replace("Q = size", "if nargin > 1\n  b2 = 7;\nend\nQ = size"), "'b2 = 7' is inside the if of line"),
    (MATRIX_ONLY.replace("Q = size", "if nargin > 1, b2 = 7; end\nQ = size"), "'b2 = 7' is inside the if of line"),
    (MATRIX_ONLY.replace("a2 = ", "if nargin < 9\n a1 = a1 + a1;\nend\na2 = "), "is inside the if of line"),
    (AS_CELLS.replace("    a2 = ", "    b2 = 7;\n    a2 = "), "'b2 = 7' is inside the for of line"),
    (MATRIX_ONLY.replace("Q = size", "if x1(1) > 0\n  Q = 1;\nend\nQ = size"), "is no condition of such a function"),
    (MATRIX_ONLY.replace("x1_step1.ymin", "x1_step1.ymn"), "x1_step1: xoffset, gain, ymn without ymin"),
    (MATRIX_ONLY.replace("Q = size", "%{\nQ = size"), "a block of comments"),
    (MATRIX_ONLY.replace("a = 2 ./ (1 + exp(-2*n)) - 1", "a = n"), "the function tansig_apply is not as genFunction"),
    (AS_CELLS.replace("@times,y,settings.gain", "@plus,y,settings.gain"), "the function mapminmax_apply is not"),
    (MATRIX_ONLY + "function a = repmat(a,~,~)\n  a = 0;\nend\n", "the function repmat is not as genFunction"),
    ("x = 1;\nplot(x)\n", "line 1: 'x = 1' stands before any function"),
    ("function y = f(x)\ny = sin(x);\nend\n", "sin"),
    ("function y1 = f(x1)\nb1 = [1+2i];\nend", "line 2: b1 holds complex numbers"),
    ("function y1 = f(x1)\nIW1_1 = sparse(3,3);\nend", "line 2: IW1_1 is sparse"),
    (MATRIX_ONLY.replace("IW1_1*xp1", "IW1_1*a2"), "a2 is not known"),
    (MATRIX_ONLY.replace("tansig_apply(repmat", "compet_apply(repmat"), "unknown transfer function 'compet'"),
    (MATRIX_ONLY.replace("LW2_1 = [", "LW2_1 = [9 "), "rows of 5 and 4 numbers"),
    (MATRIX_ONLY.replace("b2 = [", "b2 = [1;"), "a bias has shape (3, 1); it must have shape (2, 1)"),
    (AS_CELLS.replace("= 3xQ matrix", "= 5xQ matrix"), "5"),
    (AS_CELLS[:1200], ""),
    (MATRIX_ONLY.replace("xp1 = mapminmax", "xd1 = [x1(:,1) xp1"), ""),
    (MATRIX_ONLY.replace("y1 = mapminmax_reverse(a2,y1_step1);", ""), "computes no output"),
]


@pytest.mark.parametrize(("text", "told"), MISTAKES)
def test_mistakes_are_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(FileError) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(str(tmp_path / "engine_net.m"))
    assert "\n" not in str(error.value)
    assert told in str(error.value)


OLDER = f"""function [Y,Xf,Af] = engine_net(X,~,~)
{CONSTANTS.replace("step1.", "step1_")}
  isCellX = iscell(X);
  if ~isCellX, X = {{X}}; end;
  TS = size(X,2); % timesteps
  if ~isempty(X)
    Q = size(X{{1}},2); % samples/series
  else
    Q = 0;
  end
  Y = cell(1,TS);
  for ts=1:TS
    Xp1 = mapminmax_apply(X{{1,ts}},x1_step1_gain,x1_step1_xoffset,x1_step1_ymin);
    a1 = tansig_apply(repmat(b1,1,Q) + IW1_1*Xp1);
    a2 = repmat(b2,1,Q) + LW2_1*a1;
    Y{{1,ts}} = mapminmax_reverse(a2,y1_step1_gain,y1_step1_xoffset,y1_step1_ymin);
  end
  Xf = cell(1,0);
  Af = cell(2,0);
  if ~isCellX, Y = cell2mat(Y); end

function y = mapminmax_apply(x,settings_gain,settings_xoffset,settings_ymin)
  y = bsxfun(@minus,x,settings_xoffset);
  y = bsxfun(@times,y,settings_gain);
  y = bsxfun(@plus,y,settings_ymin);

function x = mapminmax_reverse(y,settings_gain,settings_xoffset,settings_ymin)
  x = bsxfun(@minus,y,settings_ymin);
  x = bsxfun(@rdivide,x,settings_gain);
  x = bsxfun(@plus,x,settings_xoffset);

function a = tansig_apply(n)
  a = 2 ./ (1 + exp(-2*n)) - 1;
"""


def test_an_older_file_without_ends_and_settings_one_by_one(tmp_path: Path) -> None:
    np.testing.assert_allclose(read(tmp_path, OLDER).predict(P), by_loops(P), rtol=1e-12)
    for given in ("x1_step1", "settings"):
        turned = OLDER.replace(f"{given}_gain,{given}_xoffset", f"{given}_xoffset,{given}_gain")
        with pytest.raises(FileError, match="mapminmax_apply is"):
            read(tmp_path, turned)


@pytest.mark.parametrize("older", [False, True])
def test_softmax_in_both_of_its_forms(tmp_path: Path, older: bool) -> None:
    numerator, denominator = ("numer", "denom") if older else ("numerator", "denominator")
    body = f"""nmax = max(n,[],1);
  n = bsxfun(@minus,n,nmax);
  {numerator} = exp(n);
  {denominator} = sum({numerator},1);
  {denominator}({denominator} == 0) = 1;
  a = bsxfun(@rdivide,{numerator},{denominator});
"""
    choice = "if isa(n,'gpuArray')\n  a = iSoftmaxApplyGPU(n);\nelse\n  a = iSoftmaxApplyCPU(n);\nend\n"
    local = (
        f"function a = softmax_apply(n)\n{body}"
        if older
        else f"function a = softmax_apply(n,~)\n{choice}end\nfunction a = iSoftmaxApplyCPU(n)\n{body}end\n"
    )
    text = MATRIX_ONLY.replace("tansig_apply(repmat", "softmax_apply(repmat") + local
    first = read(tmp_path, text).network.layers[0]
    assert tw.activations.ACTIVATIONS.name_of(first.activation) == "softmax"
    with pytest.raises(FileError, match="oftmax"):
        read(tmp_path, text.replace("@rdivide,num", "@times,num"))


def test_damaged_files_raise_errors_of_ours_alone(tmp_path: Path) -> None:
    assert refusals(tmp_path / "net.m", AS_CELLS.encode(), 100) > 50


def test_what_an_older_export_said_of_itself_is_read(tmp_path: Path) -> None:
    net = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
    model = tw.Model(net, net.init(0), tw.losses.MSE())
    model.export(tmp_path / "net.m")
    text = (tmp_path / "net.m").read_text()
    said = next(line for line in text.splitlines() if line.startswith("% Model: "))
    older = f"% Network: {json.dumps(json.loads(said.removeprefix('% Model: '))['network'])}"
    found = read(tmp_path, text.replace(said, older))
    assert found.network == net
    assert (net.ravel(found.params) == net.ravel(model.params)).all()
    assert found.loss == tw.losses.CrossEntropy()  # which its output says: the file does not
    for wrong, told in ((older[:-9], "Thalweg|genFunction"), ("% Model: {}", "what it says of its model is damaged")):
        with pytest.raises(FileError, match=told):
            read(tmp_path, text.replace(said, wrong))
    with pytest.raises(FileError, match="it has 3 arrays of constants; the model of its head needs 4"):
        read(tmp_path, text.replace("    b = ", "    c = ", 1))
