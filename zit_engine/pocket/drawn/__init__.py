"""What Korean shops sell and no picture package has, drawn as shapes with soft light."""
