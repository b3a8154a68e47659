from .activation_picture import Activation as Activation
from .contour_page import contour_page as contour_page
from .contour_picture import Contour as Contour
from .network_picture import Network as Network
from .picture import Picture as Picture
from .picture_data import steps_data as steps_data
from .picture_page import worked_page as worked_page
from .worked_picture import Worked as Worked
