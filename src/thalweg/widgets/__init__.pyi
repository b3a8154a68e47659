from .contour import Contour as Contour
from .contour_page import contour_page as contour_page
from .network import Network as Network
from .page import worked_page as worked_page
from .picture import Picture as Picture
from .picture_data import steps_data as steps_data
from .worked import Worked as Worked
