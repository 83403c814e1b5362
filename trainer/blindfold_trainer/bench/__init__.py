"""What a step costs: both branches as they are trained here, beside a plain trainer with one branch and the form of the paper."""
